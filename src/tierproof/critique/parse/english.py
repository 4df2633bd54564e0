# ruff: noqa: E501
"""English words and phrases by what they do in a claim.

Leaves: a table from label to phrases, separated by `|`.  In a phrase, `word*` matches any word that begins so, and `~` lets up
to three words pass.  Words are compared by stem.  Knows no technique: their names come from the vocabulary.
"""

from __future__ import annotations

__all__ = ["ENGLISH"]

ENGLISH: dict[str, str] = {
    # --- denial, quantity, reference -------------------------------------------------------------------------------
    "neg": """zero|not|never|no longer|no|without any|fail to|fails to|failed to|failing to|hardly|barely|scarcely|far from|
        anything but|neither|nor|stop|stops|stopped|cease*|isnt|nowhere near|by no means|refuse to|unable to|incapable of|
        none of|unlikely to|lack|lacks|little to no|in no way|hasn|at no point|nope|nah|seldom|rarely""",
    "alone": "alone|by itself|on its own|in isolation|by themselves|on their own",
    "notonly": "not only|not just|not merely|not simply|not solely|more than just|not alone",
    "weak": """a little|not much|not a lot|slightly|marginally|negligibly|so so|meh|only marginally|only slightly|a bit|
        not really|next to nothing|precious little""",
    "nothing": """nothing|no other technique|no technique|no method|no other method|no approach|no other approach|none|
        nothing else|no trick|no other trick|no single technique|no alternative|nobody else|there is no better""",
    "except": "except|except for|but for|besides|apart from|other than|aside from|bar|save for",
    "pron": "it|they|them|this|that one|which|these|those|itself|themselves|both",
    "person": "i|you|we|your|my|our|me|us|he|she|his|her|guys|everyone|everybody|people|dude|bro|folks|myself|yourself",
    # --- tone --------------------------------------------------------------------------------------------------------
    "att": """only an idiot|only a fool|only idiots|only fools|only a moron|think|thinks|thought|believe|believes|believed|know|knows|known|knew|agree|agrees|agreed|say|says|said|saying|
        tell|tells|told|doubt|doubts|doubtful|admit|admits|acknowledge|concede|argue|argues|argued|claim|claims|claimed|insist|
        insists|suspect|suspects|guess|hope|hear|heard|read|swear|sure|certain|uncertain|convinced|unconvinced|wonder|wondering|
        true|false|obvious|obviously|clear that|clearly|evident|evidently|undeniable|undeniably|correct|honest|honestly|honesty|
        frankly|opinion|imo|imho|opinions|view|assume|assuming|suppose|feel like|feels like|i feel|seems|seem|seemingly|appears|
        reckon|confirm|confirms|confirmed|deny|denies|denying|dispute|question is|myth|fact|facts|in fact|truth|skeptical|
        sceptical|question whether|dare|trust me|believe me|mark my words|face it|secret|professor|expert|experts|everyone knows|everybody knows|
        common knowledge|goes without saying|consensus|conclude|concluded|concludes|understand|understood|understands|realize|
        realise|recognise|recognize|imagine|bet|you see|see that|shows that|show that|shown that|proves that|prove that|proven that|
        demonstrates that|find that|finds that|found that|point out|pointed out|assure|assures|promise|repeat after me|
        listen|accept|accepts|accepted that|remember that|notice that|noticed that|report that|reports that|concur|second that|
        no evidence that|no evidence|not buy that|buy that|buying that|disagree|disagrees|stand by|maintain that|right that|wrong that|wrong|
        right|hot take|unpopular opinion|controversial|fair to say|safe to say|hard to believe|supposedly|allegedly|apparently|
        reportedly|presumably|perhaps|maybe|possibly|probably|likely that|unlikely that|likely|i hear|rumor|rumour|hold that|
        according to|my experience|experience|stop pretending|deep down|mind that|is it just me|am i the only one|case that|
        word is|let us face|no question|without question|do not you|would not you|is it not|aware that|argument that|opinion is|
        two cents|tl dr|tldr|bottom line|the point is|thing is|take it from|recall that|worried that|fear that|afraid that|declare|
        statement|statement that|idea that|notion that|belief that|conclusion|suggests that|suggest that|reason to believe|confident|
        positive that|certainty|sceptic|skeptic|hesitate|hesitant|reservations|agreement|verdict|can not be that|can it be that|can it really be|could it be that|not be that|not be true that|not be the case|nobody disputes|nobody denies|no one disputes|no one denies|no one doubts|nobody doubts""",
    "fill": """so|well|look|hey|ok|okay|please|really|actually|literally|totally|absolutely|definitely|certainly|surely|of course|
        simply|basically|essentially|indeed|quite|very|truly|just|also|still|even|too|lol|btw|period|full stop|thank*|hello|hi|
        yes|yeah|yep|great question|good question|frank|seriously|come on|sorry|again|anyway|personally|genuinely|plainly|
        undoubtedly|unquestionably|naturally|needless|already|mostly|largely|generally|usually|often|currently|now|nowadays|today|
        these days|at the end of the day|tbh|ngl|fwiw|wow|brilliant|genius|insightful|wise|smart|by far|all in all|in general|
        overall|on average|typically|in the end|of late|recently|finally|on the other hand|on one hand|on the one hand""",
    "mask": """a tool|an tool|the right tool|useful tool|powerful tool|great tool|good tool|one tool|another tool|one of the tools|tool for the job|
        support agent|support agents|call center agents|human agents|customer service agents|sales agents|at the scale|
        tools of the trade|in the toolbox|best practice|best practices|state of the art|as good as it gets|the rest of us|nothing to do with|
        read only|user prompts|a scale|research agents|first thing|in your prompt|in the prompt|without losing quality|
        without loss of quality|without loss|without quality loss|without hurting ~ quality|without sacrificing ~ quality|without losing ~ accuracy|without hurting ~ accuracy|
        without sacrificing ~ accuracy|at no cost to quality|with no loss of quality|without touching quality|with no quality loss|for the same quality|at the same quality|
        keeping quality|no need to worry""",
    # --- two sides ----------------------------------------------------------------------------------------------------
    "beat": """>|beat|beats|beating|beaten|outperform*|outclass*|outdo|outdoes|outdid|outshine*|surpass*|exceed|exceeds|
        win over|wins over|win against|wins against|wins out over|wins|win|won|trump|trumps|crush|crushes|destroy|destroys|
        smoke|smokes|smoked|dominate|dominates|leave ~ in the dust|leaves ~ in the dust|run circles around|runs circles around|superior to|
        stronger than|ahead of|blow ~ out of the water|blows ~ out of the water|eat ~ for breakfast|eats ~ for breakfast|eats ~ lunch|ate ~ lunch|eat ~ lunch|
        top|tops|overtake*|overtook|preferable to|prefer|prefers|preferred|preferable|outweigh*|a cut above|leagues ahead|
        wipe ~ floor with|wipes ~ floor with|matters more than|matter more than|more important than|counts more than|more than|
        instead of|rather than|choose|pick|favor|favour|have the edge over|has the edge over|edge out|edges out|outrank*|
        way above|miles ahead|light years ahead|put ~ to shame|puts ~ to shame|kick ~ ass|kicks ~ ass|stomp|stomps|outrun*|outscore*|leave ~ behind|leaves ~ behind|has an edge over|have an edge over|upper hand over|wins hands down against|get more from|gets more from|get more out of|gets more out of|worth more than|goes further than|does more than|do more than|give more than|gives more than""",
    "better": """smarter|wiser|safer bet|safer choice|sounder|better bet|better choice|better option|better off|better investment|better job|better than|better|more effective|more useful|more valuable|more accurate|more powerful|stronger|superior|
        more important|more helpful|more capable|greater|higher quality than|greater gains|bigger gains|bigger impact|greater impact|
        bigger boost|bigger gain|more value|larger gain|larger gains|bigger win|bigger bang|more bang|more impact|more impactful|more benefit""",
    "lose": """<|lose to|loses to|lost to|losing to|lag behind|lags behind|lag|lags|fall short of|falls short of|fall behind|falls behind|
        inferior to|inferior|trail|trails|weaker than|
        no match for|not match for|pale ~ comparison|pales ~ comparison|underperform*|
        worse than|less effective than|less useful than|less accurate than|less effective|less useful|second to|worse|comes second to|come second to|play second fiddle to|plays second fiddle to|a poor second to|poor cousin of|not in the same league as""",
    "reach": """keep up with|keep up|compete with|compete|come close to|comes close to|came close to|come close|comes close|hold a candle to|hold up against|
        measure up to|measure up|stand up to|stack up against|stack up|stand a chance against|stand a chance|rival|rivals|=compare with|=compare to|=compares to|=compares with|catch up with|
        touch|touches|get near|hold its own against|come near|comes near|in the same league as|live with""",
    "equal": """give ~ a run for|gives ~ a run for|works as well as|work as well as|perform as well as|performs as well as|does as well as|as well as|as strong as|as useful as|as powerful as|good enough to replace|as good as|on par with|at par with|equal to|equals|equivalent to|matches|match|just as well as|as well as full|same as|
        as effective as|comparable to|no worse than|not worse than|indistinguishable from|same quality as|as accurate as|
        no different from|no different than|interchangeable|does everything|do everything|does ~ job of|do ~ job of|does the same as|do the same as|delivers the same|gives the same quality|performs like|works like|as much as|so much as|to the same extent as|just as well|no less effective than|no weaker than|rivals the|level with|neck and neck with|as reliable as|as effective|as capable as|the equal of""",
    "replace": """replace*|substitute*|substitute for|substitution|stand in for|supplant*|supersede*|make ~ obsolete|makes ~ obsolete|made ~ obsolete|
        making ~ obsolete|make ~ unnecessary|makes ~ unnecessary|make ~ redundant|makes ~ redundant|made ~ redundant|made ~ unnecessary|renders ~ obsolete|
        render ~ obsolete|render ~ unnecessary|renders ~ unnecessary|kill|kills|killed|killing|take the place of|takes the place of|takes over from|
        do without|does away with|do away with|displace*|alternative to|drop in for|stand in|replacement|replacement for|make up for|makes up for|
        compensate for|compensates for|eliminate the need for|eliminates the need for|removes the need for|remove the need for|obviates|obviate ~ need for|
        takes ~ place|take ~ place|stead|do the work of|does the work of|step in for|steps in for|fill in for|fills in for|fill the shoes of|fills the shoes of|take over from|crowd out|crowds out|push out|pushes out|do the job of""",
    "irreplaceable": "irreplaceable|indispensable|not replaceable|no substitute for|no replacement for|here to stay|no substitute|cannot be substituted",
    "obsolete": "obsolete|made obsolete|redundant",
    "than": "than|compared to|compared with|relative to|versus|vs|in comparison to|in comparison with|as opposed to|against|instead of|rather than|over|in favor of",
    "by": "by",
    # --- one sided ------------------------------------------------------------------------------------------------------
    "only": """all ~ need is|all ~ needs is|all that ~ needs is|all that ~ need is|one thing matters|one thing that matters|only thing that matters|just one thing|one and only|makes or breaks|nothing matters except|only|is everything|the only|sole|solely|only thing|only technique|only method|only approach|only way|only trick|only one|only lever|only option|only tool|only real|only practical|only reliable|only proven|only viable|only reason|all you need|all you really need|all we need|is all it takes|all it takes|
        all that matters|nothing but|nothing except|everything you need|alone is enough|is enough|be enough|enough on its own|enough|suffices|suffice|sufficient|
        purely|exclusively|entirely|nothing else|nothing other than|single handedly|one thing that|one technique that|one trick that|one method that|
        all that works|comes down to|come down to|boils down to|boil down to|and nothing else|just need|solely because|all anyone needs|
        anything other than|anything besides|anything except|anything but use|is all that|a silver bullet|silver bullet|the answer to everything|all one needs|
        solves everything|all a team needs|everything else is noise|rest is noise|the rest is noise|panacea|cure all|magic bullet|only game in town|need nothing else|not need anything else|need nothing but|all you will ever need|all you ever need|the whole game|all there is to|nothing more than""",
    "insufficient": "not cut it|not do it alone|not carry you|not get you far|not enough by itself|not the only|not get by on|part of the story|not solve everything|is not everything|not everything|insufficient|not enough|not sufficient|not suffice|only part of|not a silver bullet|no silver bullet|no panacea|not the whole story|half the story|half the battle|not the whole answer|not be enough|not the full answer|not carry ~ alone|not get you all the way|only a start|only the start",
    "best": """surest|greatest|highest return|smartest|simplest way|easiest way|best way|most practical|most sensible|most promising|most robust|most efficient|most helpful|most productive|most profitable|most significant|most transformative|most beneficial|most successful|most dependable|one best|best|the best|most effective|most useful|most valuable|most powerful|most impactful|most important|most reliable|most accurate|
        number one|no 1|number 1|top technique|top tier|s tier|king|queen|goat|unbeatable|unmatched|unrivaled|unrivalled|unbeaten|
        second to none|reigns supreme|reign supreme|gold standard|biggest win|biggest lever|biggest gain|biggest gains|biggest boost|greatest gains|largest gains|
        highest impact|highest roi|biggest impact|biggest difference|biggest bang|top dog|strongest|leading technique|rules|tops the list|
        first place|takes the crown|takes the cake|way to go|the winner|clear winner|goes furthest|highest leverage|most leverage|
        the champion|champion|takes first place|at the top|on top|most bang|most value|king of the hill|reigns|beats everything hands down|most return|highest return|greatest return|
        ranks first|rank first|ranks highest|undisputed|unequalled|unparalleled|hard to beat|tough to beat|cannot be beaten|go to|most bang for the buck|best bang|biggest improvement|biggest improvements|biggest effect|biggest lift|biggest uplift|biggest return|biggest gains|largest improvement|largest improvements|largest effect|largest lift|largest uplift|largest return|largest gains|greatest improvement|greatest improvements|greatest effect|greatest lift|greatest uplift|greatest return|greatest gains|most potent|secret weapon|top of the list|top of my list|first choice|top choice|top pick|the one to beat|leads the pack|head and shoulders|biggest payoff|largest payoff|highest payoff|biggest jump|most for your money|most for the money|heavyweight champion|most rewarding|most worthwhile|single largest|number one choice|most out of""",
    "bestof:cost": "cheapest|most cost effective|most economical|most affordable|least expensive|lowest cost",
    "bestof:latency": "fastest|quickest|lowest latency|speediest",
    "bestof:stability": "most stable|most robust|most consistent|most predictable",
    "bestof:safety": "safest|most secure",
    "worst": "the worst|worst|least effective|least useful|bottom tier|d tier|f tier",
    "hype": """solution in search of|solution looking for|empty promise*|fluff|wishful thinking|too good to be true|too much attention|too much credit|more credit than|all talk|mostly talk|not deliver|all bark|less than advertised|over promises|over delivers|too much noise|hullabaloo|craze|mania|gimmicky|more marketing than|overhyping|hypes|more hype than|living on borrowed time|on its way out|no future|has no future|doomed|obsolescent|a joke|joke|clown|overhyped|over hyped|overrated|over rated|hype|hyped|hype train|buzzword*|snake oil|fad|premature|oversold|over sold|overblown|
        dead|dying|is over|bubble|not ready|not there yet|not production ready|not mature|immature|vaporware|emperor ~ clothes|
        too early|smoke and mirrors|marketing fluff|just marketing|marketing|gimmick*|scam|overvalued|over promised|overpromise*|
        underdeliver*|underwhelming|disappoint*|toy|toys|demo ware|demoware|not live up|live up to|lives up to|lived up to|
        nothingburger|nothing burger|jumped the shark|past its prime|yesterday ~ news|cargo cult|trend|trendy|flash in the pan|
        bullshit|bs|hot air|overcooked|cringe|glorified|peaked|not what it is cracked|cracked up to be|grift|half baked|not ready for production|half cooked|
        inflated|exaggerat*|religion|pipe dream|science project|theatre|theater|parlor trick|lipstick on a pig|lacks substance|all sizzle|more attention than|had its day|had their day|have had their day|far too much of|too much of|more talk than|oversell*|ran its course|run its course|losing steam|lost its shine|lost steam|gets too much|too much love|more noise than|out of fashion|solution without|looking for a problem|nothing but talk|yesterdays news|all smoke""",
    "hypeok": "hype ~ deserved|hype ~ justified|hype ~ warranted|hype ~ is real|deserves ~ hype|earned its|earned the|deliver on ~ promise|delivers on ~ promise|delivers on ~ promises|deliver on ~ promises|delivered on ~ promise|as advertised|live up to|lives up to|lived up to|hype is real|hype is justified|hype is deserved|hype is warranted|deserves the hype|justifies the hype|justify the hype|deliver what ~ promised|delivers what ~ promised|delivered what ~ promised|delivers what ~ promises|delivered on ~ hype|death are exaggerated|death is exaggerated|death ~ exaggerated|death greatly exaggerated",
    "underrated": "underrated|most underrated|underhyped|under rated|undervalued|underappreciated|slept on",
    "worth": """benefits outweigh|benefit outweighs|gains outweigh|investment|worth every|bring value|brings value|worth the money|worth it|worth|worthwhile|worth the ~ money|worth the ~ cost|worth the ~ effort|worth the ~ price|worth the ~ trouble|worth the hassle|worth the pain|
        worth doing|worth paying for|pay off|pays off|paid off|pays for itself|pay for itself|paid for itself|paying off|roi positive|positive roi|
        roi|return on investment|good investment|money well spent|justify the ~ cost|justifies the ~ cost|justify ~ price|justifies ~ price|justify its|justifies its|justify the|
        justify ~ expense|earns its keep|earn its keep|earns its place|good value|value for money|bang for the buck|bang for your buck|recoup*|break even|breaks even|
        cost effective|cost efficient|economical|needed|necessary|must have|essential|a must|vital|crucial|required|no brainer|recommend*|worth using|
        makes sense|make sense|economic sense|financial sense|business sense|any sense|make economic sense|makes economic sense|should use|should be using|should adopt|should invest|should go with|must use|should do|should add|should start with|
        need to use|invest in|money ~ better spent on|deserves ~ budget|deserve ~ budget|good idea|smart move|wise investment|go for|worthy|need|needs|
        delivers value|deliver value|profitable|profit|cover its cost|covers its cost|pencil out|pencils out|pull ~ weight|pulls ~ weight|cannot live without|not live without|not do without|not ship without|not survive without|no way around|we need|you need|indispensable|pays back|pay back|paid back|earns back|pays its way|pay its way|good deal|great deal|a bargain|a steal|money well invested|worth a try|pays ~ back|worth having|gives ~ money back|earn ~ money back""",
    "worthless": """costs outweigh|cost outweighs|outweighed by ~ cost|outweigh ~ benefits|outweighs ~ benefit|hard to justify|difficult to justify|not spend|not pay for|spend ~ dime|burn cash|burning cash|burns cash|zero roi|no roi|roi ~ negative|negative return|negative returns|loses money|lose money|return on investment ~ negative|never worth|not invest|waste of ~ money|waste of ~ time|waste of ~ effort|waste of|waste|wastes|wasting|wasted|wasted money|wasted effort|money pit|money sink|burning money|burns money|burn money|
        not worth|overkill|unnecessary|unneeded|needless|too expensive|too costly|costs too much|cost too much|too pricey|overpriced|
        more trouble than|than it is worth|than they are worth|more pain than|more hassle than|more expensive than it is worth|not needed|throwing money|throw money|lighting money|down the drain|
        avoid|skip|do not bother|not bother with|bother with|ditch|forget about|forget|stop using|do not use|should not use|should not be using|
        never pays|rip off|ripoff|poor investment|bad investment|negative roi|poor value|bad idea|money hole|black hole for|prohibitively expensive|stay away from|steer clear of|
        loses money|lose money|eats ~ budget|eat ~ budget|cost more than|costs more than it|no point in|no point|more trouble|drain on|bad deal|poor deal|bad bargain|no reason to|no sense in|no business case|a luxury|overpaying|money for nothing|does not pay|do not pay|not a good use of|black hole|burns ~ budget|burn ~ budget|eats money|eat money""",
    "depends": """determines whether|decides whether|decide if|decides if|determine whether|determines if|depends on|depend on|depends|depend|dependent on|depending on|hinges on|hinge on|varies with|varies by|vary with|vary by|varies|contingent on|
        a function of|sensitive to|case by case|situational|context dependent|task dependent|task specific|differs by|it depends|a matter of|matter of|
        not always|not for everyone|not for every|comes and goes|hit or miss|hit and miss|mixed bag|conditional on|mileage may vary|mileage varies|governed by|
        determined by|not universal|not universally|sometimes works|only sometimes|swings with|changes with|scales with|interacts with|hangs on|boils down to the|stands or falls with|a question of|
        only as good as|tied to|dictated by|comes down to the|as models grow|as models get|as the model grows|as models improve|as models become|as models scale|swings on|turns on|subject to|rests on|influenced by|differs between|differ between|differs across|differ across|varies across|vary across|grows with|shrinks with|fades with|rises with|falls with|shrinks as|grows as|fades as|decided by|different for different|not the same for|not work everywhere|works for some""",
    "adopt": """widely used|widely adopted|widely deployed|widespread|wide use|commonly used|heavily used|mainstream|industry standard|de facto standard|
        de facto|standard practice|common practice|ubiquitous|universal|universally used|universally adopted|everywhere|adoption|adopted by|in wide use|popular|popularity|
        most used|most popular|gone mainstream|goes mainstream|table stakes|default choice|the default|the norm|norm|rare in|rarely used|seldom used|
        catching on|catch on|caught on|uptake|market share|in use at|prevalent|used by|adopted in|adopts|adopt|adopted|battle tested|the standard|
        commonplace|niche|in most production|in production everywhere|household|took over the industry|on the rise in|penetration|staple|
        found in most|standard in|baked into|bread and butter|part of every|part of most|runs in production|run in production|live in production|in every production|proven in production|routine|routinely|in daily use|standard equipment|gained traction|gaining traction|embraced|embrace|universally|by default|part of the stack|everyday practice|normal practice|a given|made it into production|standard part|wide adoption|broad adoption""",
    "unadopted": "unused|rarely used|seldom used|hardly anyone uses|niche|rare in|rarely deployed|rarely seen|hardly used|barely used|little used|stuck in the lab|only in papers|only in research|never leaves the lab|never left the lab|remains experimental|rarely adopted|not caught on|never caught on|not yet caught on|little adoption|curiosity",
    "use": "use|uses|used|using|run|runs|running|deploy|deploys|deployed|deploying|ship|ships|shipped|rely on|relies on|implemented|implement|built on|build on|employ|employs|employed|leverage|leverages|operate with|bet on|puts|put|seen|see|work with|standardised on|standardized on|turned to|moved to|switched to|run on|roll out|rolls out|rolled out|rolling out|pilot|pilots|piloting|experiment with|experimenting with|build with|building with|adopting|apply|applies|host|hosts|practise|practises|work on",
    "shift": "move|moves|moving|moved|migrate|migrates|migrating|migrated|switch|switches|switching|switched|jump ship|jumping ship",
    "free": "basically free|practically free|almost free|nearly free|virtually free|essentially free|pretty much free|comes free|come free|lossless|almost lossless|practically lossless|nearly lossless|costs no quality|cost no quality|loses nothing|lose nothing",
    "quant": """all|most|many|every|users|half|everyone|everybody|most companies|most teams|most production|most systems|all companies|all teams|every company|every team|every serious|
        many companies|many teams|majority of|majority|most of the industry|the industry|half of|most firms|most enterprises|most startups|all big|
        all major|every major|all the big|most vendors|most organisations|most organizations|businesses|most products|companies|teams|enterprises|
        startups|firms|vendors|labs|organisations|organizations|shops|apps|products|makers|developers|practitioners|production systems|flagship|customers|
        most people|most engineers|every single|each|all of them|all frontier labs|all labs|every lab|big tech|banks|deployments|frontends|chatbots|assistants|vast majority|engineers|the market|anyone|
        every production|every chatbot|every product|every app|every enterprise|every startup|most developers|most deployments|most apps|all frontends|nine in ten|nine out of ten|eight in ten|eight out of ten|four in five|four out of five|three in four|three out of four|two thirds of|three quarters of|the lion share|practically everyone|practically every|virtually every|virtually everyone|virtually all""",
    "quantneg": "nobody|no one|no company|no team|few companies|few teams|few firms|hardly anyone|hardly anybody|almost nobody|almost no one|hardly any|very few|few|barely anyone|no serious|noone|not many|none of the big|no enterprise|no real company|no production|almost no team|almost no company|hardly any team|hardly any company|only a handful|a handful of|barely any",
    "should": "should|must|ought to|better|have to|has to",
    "noeffect": """zero improvement|zero gain|zero gains|zero difference|no better|not do anything|not do much|not add anything|not bring anything|not change anything|not make ~ difference|brings no|gives no|provides no|yields no|offers no|shows no|had no|makes zero|does zero|no lift|no uplift|does little|do little|adds little|little effect|little difference|little impact|little benefit|minimal impact|minimal effect|minimal gains|barely noticeable|no discernible|no noticeable|no significant|hardly any difference|does nothing|do nothing|did nothing|doing nothing|no effect|zero effect|no impact|no difference|no measurable|no gain|no gains|no benefit|no benefits|
        no improvement|no improvements|no value|zero benefit|zero impact|zero value|no change|useless|pointless|ineffective|placebo|worthless|futile|
        not matter|not move the needle|makes no difference|make no difference|adds nothing|add nothing|adds no|
        brings nothing|gives nothing|gain nothing|buys nothing|buys you nothing|changes nothing|change nothing|for nothing|
        negligible|immaterial|is irrelevant|are irrelevant|statistical noise|within noise|in the noise|indistinguishable from noise|at best marginal|marginal at best|
        no use|of no use|no better than nothing|no help|not any better|not a damn thing|zilch|nada|nothing for|no real|neither here nor there|does squat|did squat|squat|jack|
        contributes nothing|improves nothing|meaningless|leaves ~ unchanged|leave ~ unchanged|unchanged|unaffected|unmoved|bugger all|a wash|a no op|no op|not budge|noise|not change|not affect|not influence|not alter|no change in|stayed the same|stayed flat|stay the same|remained the same|remain the same|stayed exactly the same|not improve|not one bit|not helped|not help at all|not move ~ metrics|not move ~ numbers|not move ~ scores|not move ~ metric|not move ~ anything|not shift ~ numbers|without effect|without any effect|no advantage|no payoff|no progress|not register|zero lift|zero return on quality|brought no|bring no|leaves ~ untouched|not show up in|made zero|no better off|does not a thing""",
    "harm": """destroy|destroys|destroyed|kill|kills|killed|crush|crushes|harm|harms|harmful|hurt|hurts|hurting|damage*|degrad*|worsen*|make ~ worse|makes ~ worse|made ~ worse|making ~ worse|make ~ dumber|makes ~ dumber|
        makes ~ stupid*|make ~ stupid*|detrimental|counterproductive|counter productive|backfire*|break|breaks|ruin*|wreck*|poison*|cripple*|cripples|
        lobotomi*|lobotomy|sabotag*|undermine*|undermining|impair*|weaken*|deteriorat*|corrupt*|toxic|hinder*|dangerous|cause ~ problems|causes ~ problems|
        does more harm|more harm than good|harm than good|hurts more than it helps|hurt more than they help|do more harm|net negative|negative effect|negative impact|bad for|destabili*|destroys quality|kills quality|kills accuracy|
        confuse*|confuses|dumb down|dumbs down|bite*|nukes|nuke|tank|tanks|tanked|mess up|messes up|screw*|goes backwards|regress*|regression*|cost us|
        goes wrong|collapse*|forget|forgets|forgetting|catastrophic forgetting|drags down|drag down|a step back|a liability|liability|eats into|eat into|distract*|go down|goes down|went down|dips|botch*|jeopardi*|erode*|erodes|eroding|lose accuracy|loses accuracy|lose quality|loses quality|losing quality|worse|makes ~ forget|make ~ forget|made ~ forget|model forget|model forgets|models forget|less accurate|less helpful|less capable|less creative|less useful|less relevant|cost ~ accuracy|costs ~ accuracy|costs ~ quality|cost ~ quality|detract*|spoils|spoil|spoiled|hamper*|takes a toll on|take a toll on|derail*|set us back|sets you back|dilute*|garble*|mangle*""",
    "help": """boost|boosts|bump|uplift|edge|helps a lot|help|helps|helped|helping|helpful|improve|improves|improved|improving|improvement|improvements|enhance*|refine|refines|work|works|worked|working|effective|
        useful|valuable|beneficial|benefit|benefits|fix|fixes|fixed|solve|solves|solved|strengthen*|make ~ better|makes ~ better|made ~ better|
        makes ~ smarter|make ~ smarter|deliver|delivers|delivered|does wonders|do wonders|does the trick|do the trick|a game changer|game changer|gamechanger|
        make a difference|makes a difference|made a difference|makes a big difference|make a big difference|good for|great for|great|positive effect|positive impact|powerful|gain|gains|success|successful|
        has value|add value|adds value|pays dividends|gets results|get results|rocks|matters|matter|real effect|effect|impact|prevent*|eliminate|eliminates|address|addresses|cure|cures|contribut*|
        handy|upgrade|upgrades|make ~ difference|makes ~ difference|moves the needle|does matter|sharpen*|rescue*|unlock*|enable*|ground|grounds|step up|resolve*|mitigate*|mitigates|mitigating|
        tame|tames|lift|lifts|safeguard*|do any good|does any good|do good|pull off|shine|shines|excel|excels|stabilise*|stabilize*|keeps ~ honest|superpower|win for|better results|better answers|
        good results|work wonders|works wonders|works fine|a lifesaver|lifesaver|do something|does something|bring anything|add anything|give anything|gives anything|brings anything|adds anything|changes anything|change anything|any good|anything useful|do anything|does anything|did anything|a win|good at|better outputs|smarter|underrated gem|gem|keep ~ up to date|keeps ~ up to date|keep ~ current|keeps ~ current|keeps ~ fresh|keep ~ fresh|keep ~ grounded|keeps ~ grounded|do wonders for|adds real value|more trustworthy|goes a long way|go a long way|worth its weight""",
    "benefitfrom": "benefit from|benefits from|profit from|profits from|gain from|gains from|benefited from",
    "up": """produce*|producing|create|creates|generate*|return|returns|increase*|increasing|raise|raises|raised|raising|boost|boosts|boosted|boosting|higher|lift|lifts|more|push up|pushes up|drive up|drives up|grow|grows|
        double|doubles|doubled|triple|triples|tripled|quadruple*|gain|gains|add|adds|added|adding|multiply|multiplies|skyrocket*|extra|bigger|inflate|inflates|blow up|blows up|bring up|brings up|
        go up|goes up|climb*|jump*|bump|bumps|hike|hikes|balloon*|introduce*|cause|causes|lead to|leads to|pile on|piles on|bloat|bloats|raises the|gives|give|gets|yields|yield|buys|win|wins|eat|eats|consume*|hog*|guzzl*|devour*|=serves|=serve|spit out|spits out|hand out|hands out|takes up|take up|bring back|brings back""",
    "down": """reduce*|reducing|reduction|cut|cuts|cutting|lower|lowers|lowered|lowering|decrease*|decreasing|drop|drops|dropped|shrink*|shrunk|slash|slashes|slashed|
        less|fewer|save|saves|saved|saving|savings|halve|halves|halved|diminish*|trim|trims|bring down|brings down|drive down|drives down|curb|curbs|
        minimi*|limit|limits|shave*|knock*|lessen*|suppress*|eliminate*|lose|loses|lost|losing|loss|drag|get rid of|gets rid of|kill off|kills off|removes|
        chop|chops|cut down|cuts down|fall|falls|fell|sink|sinks|compress*|smaller|stop|stops|squeeze|squeezes|sacrific*|prevents|avoid|avoids|off""",
    "costly": "expensive|costly|pricey|pricier|costs a lot|cost a lot|costs a fortune|cost a fortune|costs an arm|burns tokens|burns through tokens|more expensive|costlier|dearer|costs more|cost more|eats gpus|eat gpus|money hungry|uneconomical|token hungry",
    "cheap": "cheap|inexpensive|affordable|cheaper|less expensive|saves money|save money|saving money|costs less|cost less|frugal|less costly|saves ~ money|save ~ money|lowers the bill|cuts the bill|saves a fortune|save a fortune|saves us money|cost effective way|dirt cheap",
    "slow": "slow|slows|slower|slowing|sluggish|slow down|slows down|slowed down|takes longer|take longer|slows ~ down|slow ~ down|laggy|adds latency|add latency|makes us wait|adds delay|bogs down",
    "fast": "fast|faster|quick|quicker|speed up|speeds up|speeding up|sped up|speedup|speedups|snappier|snappy|accelerat*|responds faster|speedier|speed ~ up|speeds ~ up|low latency",
    "brittle": "brittle|fragile|unstable|flaky|unreliable|volatile|unpredictable|finicky|inconsistent|less stable|less reliable|breaks easily|easy to break|temperamental|non deterministic|breaks in production|falls apart|fall apart|fails in production|crumbles|less consistent|less predictable|less robust|house of cards",
    "stable": "stable|reliable|robust|predictable|consistent|more reliable|more stable|more robust|more consistent|rock solid|dependable|trustworthy",
    "unsafe": "unsafe|insecure|security hole|security risk|security nightmare|less safe|less secure|risky|vulnerable|a risk",
    "safe": "safe|secure|safer|more secure|safeguard",
    # --- outcomes: value is the outcome and whether more of it is good -----------------------------------------------------
    "out:quality:+": """quality|accuracy|factuality|correctness|performance|results|result|answers|answer quality|output|outputs|outcome|scores|score|success rate|success|recall|precision|
        capability|capabilities|intelligence|reasoning ability|coverage|generalization|generalisation|alignment|relevance|helpfulness|pass rate|f1|win rate|coherence|
        metrics|evals|benchmark scores|factual accuracy|productivity|usefulness|utility|faithfulness|instruction following|resolution rate|satisfaction|conversion|benchmarks|solve rate|exact match|actionability|groundedness|completion rate|task success""",
    "out:quality:-": "hallucination*|hallucinate|hallucinating|wrong answer|incorrect answers|stale answers|outdated answers|wrong results|irrelevant documents|irrelevant results|rubbish|error|errors|error rate|mistake|mistakes|failures|failure rate|failure|wrong answers|made up answers|nonsense|bugs|fabricat*|making things up|makes things up|bullshitting|perplexity|confabulat*|garbage|sycophancy|bad answers",
    "out:cost:-": "cost|costs|spend|spending|bill|bills|price|expense|expenses|budget|token usage|tokens|money|inference cost|token bill|api bill|opex|tco|gpu bill|infra bill|invoice|compute|token count|token consumption|gpu hours",
    "out:cost:+": "cost effectiveness|cost efficiency|efficiency",
    "out:latency:-": "latency|latencies|delay|response time|response times|time to first token|ttft|wait time|waiting time|inference time|lag|p95|p99|delays|turnaround",
    "out:latency:+": "speed|responsiveness|generation speed|inference speed|decoding speed",
    "out:throughput:+": "throughput|tokens per second|requests per second|qps|tps|serving capacity",
    "out:memory:-": "memory|vram|ram|gpu memory|footprint|memory use|memory usage|memory footprint|disk|model size on disk|storage",
    "out:stability:+": "stability|reliability|robustness|consistency|predictability|reproducibility|repeatability|uptime|determinism",
    "out:stability:-": "variance|drift|instability|flakiness|unpredictability|inconsistency|volatility|brittleness|fragility|non determinism",
    "out:safety:+": "safety|security|privacy|harmlessness",
    "out:safety:-": "memorization|memorisation|leak|leaks|leakage|toxicity|jailbreak*|attack success|bias|harmful outputs|harmful output|injection attacks|regurgitation",
    # --- circumstances -------------------------------------------------------------------------------------------------------
    "size:small": """small model|small models|tiny model|tiny models|smaller model|smaller models|7b|7b model|7b models|8b|8b model|8b models|3b|3b models|1b|1b models|13b|compact model|
        compact models|slm|slms|small language model|small language models|small llms|small llm|small ones|little models|mini model|mini models|weak model|weak models|weaker models|weaker model|cheap model|cheap models|cheaper model|cheaper models|
        smaller one|smaller ones|lightweight models|lightweight model|sub 10b|smaller llms|smaller llm|tiny llms|on device models|nano models|small open models|small open model|small one|smaller one|tiny one|small ones|smaller ones|smaller sibling""",
    "size:large": """their teacher|their teachers|its teacher|teacher model|teacher models|large model|large models|big model|big models|larger models|larger model|bigger model|bigger models|frontier models|frontier model|70b|70b models|70b model|larger one|bigger one|larger ones|bigger ones|405b|large language models|large ones|
        strong models|strong model|stronger models|stronger model|giant models|huge models|huge model|large llms|big llms|giant model|bigger llms|larger llms|frontier llms|100b|100b models|sota models|flagship models|flagship model|monster model|monster models|big one|large one|bigger one|larger one|big ones|large ones|bigger ones|larger ones|huge one|biggest one|biggest model|biggest models|largest model|largest models|giant model|giant models""",
    "task:math": "math|maths|mathematics|arithmetic|gsm8k|math problems|word problems|math tasks|algebra|calculations|mathematical",
    "task:code": "code|coding|programming|code generation|software engineering|swe bench|humaneval|coding tasks|codegen|code completion|sql|text to sql|refactoring",
    "task:reasoning": "reasoning|reasoning tasks|logic|logic puzzles|logical tasks|symbolic tasks|complex reasoning|hard reasoning|multi hop|hard problems|puzzles",
    "task:knowledge-qa": "question answering|qa|knowledge questions|factual questions|open domain qa|knowledge tasks|factual recall|trivia|faq|knowledge intensive tasks|support questions|docs questions|internal docs",
    "task:chat": "chat|chatbots|conversation|dialogue|dialog|customer support|support chat|support bots|support bot|support tickets",
    "task:summarization": "summarization|summarisation|summaries|summarizing|summarising|summary",
    "task:classification": "classification|classifying|classifiers|sentiment|labelling|labeling|text classification|intent detection|triage",
    "task:extraction": "extraction|information extraction|entity extraction|parsing documents|ner|invoice parsing|data extraction|extracting data",
    "task:agent": "agent tasks|agentic tasks|long horizon tasks|web tasks|browsing|multi step tasks|agentic workloads",
    "task:safety": "red teaming|safety benchmarks|jailbreak benchmarks",
    "task:other": "simple tasks|easy tasks|simple questions|creative writing|translation|legal work|medical questions|narrow tasks|hard tasks|complex tasks|specialised tasks|specialized tasks|narrow domains|legal|medicine|healthcare|finance|long documents|low resource languages|domain specific tasks|complex queries|simple queries|easy questions|hard questions",
    "load:high": "high load|heavy load|under load|at scale|high traffic|heavy traffic|large batches|large batch sizes|high volume|high volumes|high concurrency|peak load|peak traffic|big batches|high qps|many users|million requests|large volumes|large scale|at high volume|large batch",
    "load:low": "low load|low traffic|low volume|low volumes|small batches|batch size one|batch size 1|few users|light load|low qps|small scale|small batch|low concurrency",
    "data:low": "little data|small data|small dataset|small datasets|few examples|low data|limited data|scarce data|not enough data|dirty data|noisy data|bad data|a few examples|messy data|data is scarce|small corpora",
    "data:high": "lots of data|big data|large dataset|large datasets|plenty of data|enough data|good data|clean data|much data|large corpus|large corpora|a lot of data|high quality data|big datasets|more data|massive data",
    "setting:production": "in production|production systems|production|in prod|prod|real world|in the real world|in practice|real products|real systems|live systems|real life|commercial products|in the wild|real users|real traffic|live traffic|in real|at work",
    "setting:research": "in research|in the lab|in papers|on benchmarks|in academia|academic benchmarks|in demos|on paper|in theory|toy problems|toy benchmarks",
    "setting:enterprise": "enterprise|in the enterprise|enterprise settings|large organisations|large organizations|in enterprises|corporate settings",
    "ignoring:cost": """ignore cost|ignoring cost|ignoring the cost|ignore the cost|ignore how expensive|regardless of cost|regardless of the cost|cost aside|costs aside|
        whatever the cost|no matter the cost|money is no object|if money is no|price aside|leaving cost aside|cost is no object|forget about cost|forget cost|
        setting cost aside|setting aside cost|cost notwithstanding|money no object|budget is unlimited|unlimited budget|with unlimited budget|if cost does not matter|cost is not an issue|
        money is not an issue|disregarding cost|forget the cost|forget the price|ignore costs|ignoring price|ignoring costs|ignore the price|ignore price|no matter how expensive|money is not|at any price|price is no object|cost does not matter|regardless of price|
        setting costs aside|put cost aside|no matter what it costs|infinite budget""",
    "ignoring:latency": "ignore latency|ignoring latency|latency aside|regardless of latency|if latency does not matter|no matter how slow|latency does not matter|ignoring the latency|ignore the latency",
    "ignoring:quality": "ignoring quality|ignore quality|quality aside|regardless of quality",
    "factor:model-size": "model size|size|model scale|parameters|parameter count|size of the model|how big|how large|underlying model|base model|the model|model|model capability|which model",
    "factor:task": "task|tasks|use case|use cases|domain|problem|application|workload|what you do|what you are doing|question type|kind of question|type of question|type of task|job|queries|query type|context",
    "factor:load": "load|traffic|volume|batch size|concurrency|request rate|scale|utilisation|utilization|request volume",
    "factor:data": "data|dataset|data quality|corpus|documents|training data|examples|quality of your data|knowledge base|docs|index|retrieval quality|chunking|source documents|training set",
    "factor:prompt": "prompt|prompts|wording|phrasing|instructions|how you ask|prompt wording|prompt format|phrased|prompt template",
    "role:makers": "makers|model makers|frontier labs|labs|model vendors|pretraining|all labs|all frontier labs|model providers|every lab",
    "role:enterprises": "enterprises|enterprise|corporations|banks|big companies|large companies|fortune 500",
    "role:startups": "startups|startup",
    # --- classes that stand for no single technique ---------------------------------------------------------------------------
    "class:*everything-else": """everything else|all other techniques|other techniques|other technique|other methods|other approaches|the rest|anything else|any other technique|
        all the rest|all others|every other technique|every other method|any other method|any other approach|the others|others|all other methods|all other approaches|the competition|
        the alternatives|all alternatives|alternatives|other tricks|any other trick|other options|any other option|every other trick|any alternative|all the others|every other approach|any other|every other|other""",
    "class:*any-technique": "any technique|all techniques|these techniques|most techniques|techniques|all these techniques|llm techniques|ai techniques|all of these techniques|these tricks|production techniques",
    "class:*nothing": "doing nothing|do nothing at all|baseline|the baseline|plain model|vanilla model|the status quo|base model alone|no technique at all|raw model",
    "class:*long-context": "long context|long contexts|long context models|long context windows|long context window|million token context|million token contexts|context window|context windows|bigger context|larger context|huge context|large context windows|1m context|larger context windows|stuffing everything into context|context stuffing|bigger context windows|infinite context|long context llms|m tokens of context|m context|m token context|million tokens of context|million token context|k context|k tokens of context|million token window|m token window|bigger context|longer context|longer contexts",
    "class:*engineering": "engineering discipline|=engineering|system integration|infrastructure stability|infrastructure|=tooling|=integration|good engineering|software discipline|plumbing|data pipelines|monitoring|solid engineering|ops|observability",
    "class:*model-cleverness": "model cleverness|clever models|model intelligence|cleverness|a clever model|smart models|smarter models|a smarter model",
    "class:*other-practice": "llm wrapper|llm wrappers|gpt wrapper|gpt wrappers|wrappers|ai wrapper|ai wrappers|vibe coding|knowledge graphs|knowledge graph|guardrails|agent memory|human in the loop|self refine|self refinement|self correction|self critique|reflection loop|reflection loops|re embedding|fine grained evals|evaluation harness|copilots|no code ai",
}
