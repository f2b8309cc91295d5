"""Small words: lists, numbers of things, figures, days and lengths as people read them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pbr.calendar import parse_date, show_date

if TYPE_CHECKING:
    from collections.abc import Iterable

_NUMBER = re.compile(r"(-?)([0-9]+)((?:\.[0-9]+)?)(%|pp)?")
_SEVERAL = re.compile(r"[,;:'\"]| and | or | for ")
_SIGNS = {"GBP": "£", "EUR": "€", "USD": "$"}


def listed(words: Iterable[str], last: str = "and") -> str:
    """Words one after the other.

    Example:
        >>> listed(["a", "b", "c"]), listed(["a"]), listed(["a", "b"], "or")
        ('a, b and c', 'a', 'a or b')
    """
    found = list(words)
    return found[0] if len(found) == 1 else f"{', '.join(found[:-1])} {last} {found[-1]}" if found else ""


def counted(number: int | str, noun: str) -> str:
    """So many of a thing.

    Example:
        >>> counted(1, "row"), counted("2", "decimal"), counted(3, "penny"), counted(2, "day")
        ('1 row', '2 decimals', '3 pennies', '2 days')
    """
    plural = f"{noun[:-1]}ies" if re.search("[^aeiou]y$", noun) else f"{noun}s"
    return f"{number} {noun if str(number) == '1' else plural}"


def with_article(noun: str) -> str:
    """A noun with a or an.

    Example:
        >>> with_article("answer"), with_article("row")
        ('an answer', 'a row')
    """
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"


def figure(text: str, currency: str = "") -> str:
    """A figure with its digits as written: thousands apart, percentage points in words, money with its currency.

    Example:
        >>> figure("260000.00", "GBP"), figure("5pp"), figure("5/6"), figure("-1250", "NOK"), figure("12 weeks")
        ('£260,000.00', '5 percentage points', '5/6', '-NOK 1,250', '12 weeks')
    """
    found = _NUMBER.fullmatch(text)
    if found is None:
        return day(text)
    sign, whole, part, unit = found.groups()
    apart = f"{int(whole):,}" if whole == str(int(whole)) else whole
    money = _SIGNS.get(currency, f"{currency} ") if currency and not unit else ""
    points = " percentage point" if apart + part == "1" else " percentage points"
    return f"{sign}{money}{apart}{part}{points if unit == 'pp' else unit or ''}"


def day(text: str) -> str:
    """A day written like 2025-04-01 as people read it; anything else as it is."""
    found = parse_date(text)
    return text if found is None else show_date(found)


def folded(text: str) -> str:
    """Prose with its white space folded."""
    return " ".join(text.split())


def quoted(text: str) -> str:
    """A word of the contract in quotes that it does not hold itself, so that it is seen where it ends.

    Example:
        >>> print(quoted("job"), quoted("it's"))
        'job' "it's"
    """
    return f'"{text}"' if "'" in text and '"' not in text else "'{}'".format(text.replace("'", "''"))


def worded(text: str) -> str:
    """A word of the contract as it stands in a list: in quotes if it could be read as several.

    Example:
        >>> worded("night shift"), worded("a, b"), worded("peers and family")
        ('night shift', "'a, b'", "'peers and family'")
    """
    return quoted(text) if _SEVERAL.search(text) or text != text.strip() else text


def bracketed(text: str) -> str:
    """What the language says where a contract is silent."""
    return f"[{text}]" if text else ""
