"""One blueprint for the area's views, which live in several files."""

from flask import Blueprint

blueprint = Blueprint("accounts", __name__)
