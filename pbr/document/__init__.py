"""Text YAML with positions and limits, and structuring it into models with every fault at once."""

from pbr.document.models import (
    TAGS,
    WORDS,
    Family,
    Fault,
    Hooks,
    fault_group,
    kind_word,
    make_converter,
    structure,
    text_of,
)
from pbr.document.reading import (
    MOST_BYTES,
    MOST_DEPTH,
    MOST_LINE,
    Document,
    PathTo,
    Plain,
    parse_document,
    read_bytes,
    read_document,
    read_text,
)

__all__ = [
    "MOST_BYTES",
    "MOST_DEPTH",
    "MOST_LINE",
    "TAGS",
    "WORDS",
    "Document",
    "Family",
    "Fault",
    "Hooks",
    "PathTo",
    "Plain",
    "fault_group",
    "kind_word",
    "make_converter",
    "parse_document",
    "read_bytes",
    "read_document",
    "read_text",
    "structure",
    "text_of",
]
