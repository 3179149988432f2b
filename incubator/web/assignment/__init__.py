"""Giving reviewers to a call's proposals: who reviews, what it is about, the plan, and changing it."""

from incubator.web.assignment import adjusting, fields, overview, people, plans
from incubator.web.assignment.blueprint import blueprint

__all__ = ["adjusting", "blueprint", "fields", "overview", "people", "plans"]
