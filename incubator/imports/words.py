"""Short and long forms of the same answer, brought to the long one."""

from incubator.imports.values import is_missing, tidy

_TECHNOLOGY = {
    "classical ml": "Classical/Predictive Machine Learning",
    "nlp": "Natural Language Processing",
    "natural language processing (nlp)": "Natural Language Processing",
    "agentic-ai": "Agentic AI",
}
_TOPIC = {
    "admin functions": "Administrative Functions",
    "it": "Information Technology",
    "energy and environment": "Energy and the Environment",
    "energy & the environment": "Energy and the Environment",
    "procurement and finance mgmt": "Procurement and Financial Management",
    "procurement & financial management": "Procurement and Financial Management",
    "benefits processing": "Government Benefits Processing",
    "hr": "Human Resources",
    "emergency mgmt": "Emergency Management",
    "health & medical": "Health and Medical",
}


def full_technology(text: str) -> str:
    """A kind of technology without the definition that follows its colon, abbreviations written out."""
    name = tidy(text).partition(": ")[0]
    return "" if is_missing(name) else _TECHNOLOGY.get(name.casefold(), name)


def full_topic(text: str) -> str:
    """A topic area with its usual abbreviations written out."""
    name = tidy(text)
    return "" if is_missing(name) else _TOPIC.get(name.casefold(), name)
