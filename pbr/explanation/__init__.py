"""Why one participant is paid or not, in words, from the inputs of a run."""

from pbr.explanation.explain import Explanation, explain, explain_group, explain_subject

__all__ = ["Explanation", "explain", "explain_group", "explain_subject"]
