"""Tools that a model may call: every public function here, described by its docstring and annotations."""

DELIVERY_EUROS = 4.90
FREE_FROM_EUROS = 75


def delivery_price(order_euros: float) -> float:
    """Price of standard delivery in euros for an order of that value."""
    return 0.0 if order_euros >= FREE_FROM_EUROS else DELIVERY_EUROS


def voucher_value(points: int) -> int:
    """Value in euros of all vouchers that so many club points are worth."""
    return points // 200 * 10
