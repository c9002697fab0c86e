"""One option for each list price, made from the list."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Annotated

import typer

from transcoding.cost.prices import PRICES, Price


def with_price_options(command: Callable[..., int]) -> Callable[..., int]:
    """Give a command's `**usd` an option --price-NAME for each price, None unless given."""
    signature = inspect.signature(command, eval_str=True)
    own = [p for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD]
    prices = [
        inspect.Parameter(
            parameter_name(name),
            inspect.Parameter.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[float | None, _option(name, price)],
        )
        for name, price in PRICES.items()
    ]
    # Where typer reads a command's parameters.
    command.__signature__ = signature.replace(parameters=[*own, *prices])  # type: ignore[attr-defined]
    return command


def parameter_name(price: str) -> str:
    """Return the keyword under which the command gets a price."""
    return f"price_{price.replace('-', '_')}"


def amount(number: float | None) -> float | None:
    """Return the number.

    Raises:
        BadParameter: it is negative, infinite or none ("nan").
    """
    if number is not None and not 0 <= number < math.inf:
        raise typer.BadParameter(f"{number:g} is no amount")
    return number


def _option(name: str, price: Price) -> object:
    return typer.Option(
        f"--price-{name}",
        metavar="USD",
        callback=amount,
        help=f"per {price.unit} (default {price.amount}: {price.source}, {price.as_of})",
    )
