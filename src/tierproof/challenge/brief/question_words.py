"""Words of questions about decisions, in English and Russian: data only.

Lower case; `ё` is written `е`.  A word that ends in `*` stands for all that begin so; a plural `s` is allowed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

SEPARATORS: Final = frozenset(
    """or vs versus against instead rather than compared and , ; / ? . ! : — или либо против вместо чем и & >""".split()  # noqa: SIM905
)
"""Words and marks between one way and the next."""
ALTERNATIVES: Final = frozenset("or vs versus against instead rather than или либо против вместо чем ?".split())  # noqa: SIM905
"""Those of them that set one against the other; without any, "A and B" may also mean both at once."""
JOINTS: Final = frozenset("+ with plus together с со вместе плюс".split())  # noqa: SIM905
"""Words that make one way of two."""
WITHOUT: Final = frozenset("without no except besides без кроме не".split())  # noqa: SIM905
TASKS: Final[Mapping[str, str]] = {
    "chat": """chatbot|chat bot|support chatbot|support bot|support assistant|customer support|customer service|
        help desk|helpdesk|support desk|support|virtual assistant|assistant|conversation*|bot|чат бот*|чатбот*|бот|бота|
        поддержк*|техподдержк*|саппорт*|ассистент*|помощник*|контакт центр*|колл центр*""",
    "code": "code|coding|coding assistant|programming|software engineering|copilot|программирован*|кодирован*|код|кода",
    "knowledge-qa": """question answering|q and a|faq|knowledge base|документаци*|вопрос* ответ*|баз* знаний|
        ответ* на вопросы""",
    "math": "math|maths|mathematics|arithmetic|математик*",
    "reasoning": "logic|puzzles|логик*",
    "summarization": "summari*|summary|суммаризац*|пересказ*|реферир*",
    "classification": "classif*|triage|tagging|labelling|labeling|классификац*|сортировк*",
    "extraction": "extract*|data entry|invoice|извлечен*|счет фактур*",
    "tool-use": "integrations|интеграци*",
}
"""Task families by what people call them; a pack may lack some."""
FILLERS: Final = """
    a an the i we you our us my your me they it its this that these those there is are be was been being do does
    did should shall would could can will may might must need needs needed want wants have has had get gets use
    uses using used add adding adopt adopting choose choosing pick picking take go going try trying build
    building make makes making do doing start invest investing apply consider deploy help helps please tell give
    show what which who how why when where whether if much many too very so more most less better best good
    right option options way ways approach approaches technique techniques choice decision question worth pay
    pays off sense work works working for of in on at to from by into over as about between our ours their first
    next now today then also just really only not ever still yet all any some one two both either ai llm llms
    model models system systems app application product company team teams business production answers answer
    responses response requests users user question questions increase increasing improve improving reduce
    reducing lower lowering cut cutting decrease raise raising avoid avoiding stop fewer optimise optimize
    optimising optimizing minimise minimize fix bring down up keep high higher low problem problems issue issues
    often always say says state states thing things losing hurting loss sacrificing keeping gpu api token tokens
    потери потеряв теряя сохранив мы нам нас наш наша наше наши я мне вы вам он она оно они это этот эта эти то
    ли что как какой какая какое какие чтобы для на в во по от до из у к ко о об за над при нужно нужен нужна
    нужны надо стоит стоят следует лучше лучший хотим хочу хочется можно может могут должны выбрать выбирать
    выбор взять брать брали использовать используем внедрить внедрять внедряем добавить добавлять применить
    применять делать сделать попробовать строить купить нашей нашего нашем нашу нашим нашему модель модели
    моделью моделей систему система системы продукт продукте компании команде команда наш ответ ответы ответов
    запросы запросов слишком очень много часто более менее больше меньше сильно еще тоже также уже только когда
    где почему зачем если хорошо хороший снизить снижать снижение уменьшить уменьшать сократить сокращать
    повысить повышать поднять улучшить улучшать ускорить избежать избавиться бороться борьба побороть убрать
"""
"""Words that a question needs and that name nothing."""
