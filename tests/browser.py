"""A browser without scripts: it opens pages, checks them as pages, and fills in their forms."""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.house.page import Document
from tests.world import PASSWORD


class Page:
    """An answer as a person sees it."""

    def __init__(self, url: str, response: TestResponse) -> None:
        self.url = url
        self.status = response.status_code
        self.response = response
        self.html = response.text if response.mimetype == "text/html" else ""
        self.document = Document(self.html) if self.html else None
        self.tree = self.document.root if self.document else None

    @property
    def text(self) -> str:
        """What can be read, with white space folded."""
        if self.tree is None:
            return self.response.text
        body = self.tree.find("body")
        return " ".join("".join(body.itertext()).split())

    @property
    def heading(self) -> str:
        heading = self.tree.find(".//h1")
        return " ".join("".join(heading.itertext()).split())

    def texts(self, tag: str, class_: str = "") -> list[str]:
        """The words of every element of that tag, and of that class when given."""
        found = self.tree.iter(f"{tag}")
        return [
            " ".join("".join(element.itertext()).split())
            for element in found
            if not class_ or class_ in element.get("class", "").split()
        ]

    def links(self) -> list[str]:
        return [element.get("href") for element in self.tree.iter("a") if element.get("href")]

    def forms(self) -> list[Any]:
        return list(self.tree.iter("form"))

    def form(self, action: str = "", holding: str = "") -> Any:
        """The POST form with that action (its end is enough) or holding that field or button name or value."""
        for form in self.forms():
            if form.get("method", "get").lower() != "post" or form.get("data-sign-out") is not None:
                continue
            if action and not form.get("action", self.url).split("?")[0].endswith(action):
                continue
            if holding and not any(
                holding in (field.get("name"), field.get("value"), "".join(field.itertext()).strip())
                for field in form.iter()
            ):
                continue
            return form
        raise AssertionError(f"no such form on {self.url}: action={action!r} holding={holding!r}")


def form_values(form: Any) -> dict[str, list[str]]:
    """The values a browser would send for a form as it stands, buttons left out."""
    values: dict[str, list[str]] = {}
    for field in form.iter():
        name = field.get("name")
        if not name or field.get("disabled") is not None:
            continue
        tag = field.tag
        if tag == "textarea":
            text = "".join(field.itertext())
            values.setdefault(name, []).append(text.removeprefix("\n"))
        elif tag == "select":
            options = list(field.iter("option"))
            chosen = [option for option in options if option.get("selected") is not None] or options[:1]
            for option in chosen:
                values.setdefault(name, []).append(option.get("value", "".join(option.itertext())))
        elif tag == "input" and field.get("type") not in ("submit", "button", "file"):
            if field.get("type") in ("checkbox", "radio") and field.get("checked") is None:
                continue
            values.setdefault(name, []).append(
                field.get("value", "on" if field.get("type") == "checkbox" else "")
            )
    return values


class Browser:
    """One person's browser. Every page it is shown is checked as a page."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, url: str, status: int = 200, **kwargs: Any) -> Page:
        return self._page(url, self.client.get(url, **kwargs), status)

    def submit(
        self,
        page: Page | str,
        fields: dict[str, Any] | None = None,
        *,
        action: str = "",
        holding: str = "",
        status: int = 200,
        follow: bool = True,
        **more: Any,
    ) -> Page:
        """Fill in a form of the page (or of the page at that address), send it, and follow where it leads.

        Fields not named keep what the page shows, the hidden ones too. None drops a field.
        """
        if isinstance(page, str):
            page = self.get(page)
        form = page.form(action, holding)
        values: dict[str, Any] = form_values(form)
        for name, value in {**(fields or {}), **more}.items():
            if value is None:
                values.pop(name, None)
            else:
                values[name] = value
        return self.post(
            urljoin(page.url, form.get("action") or page.url), values, status=status, follow=follow
        )

    def post(self, url: str, values: dict[str, Any], *, status: int = 200, follow: bool = True) -> Page:
        response = self.client.post(url, data=values, content_type="multipart/form-data")
        if response.status_code in (302, 303) and follow:
            assert response.status_code == 303, "a form answers 303"
            return self.get(response.location, status)
        return self._page(url, response, status)

    def token(self) -> str:
        """A valid form token, for posting without a form."""
        page = self.get("/account")
        return next(
            field.get("value") for field in page.tree.iter("input") if field.get("name") == "csrf_token"
        )

    def sign_in(self, email: str, password: str = PASSWORD) -> Page:
        """Through the real page, to the one it leads to."""
        return self.submit("/sign-in", email=email, password=password)

    def come_in(self, email: str) -> None:
        """Sign in without looking at the home page, the dearest of all, which most tests leave at once."""
        self.submit("/sign-in", email=email, password=PASSWORD, follow=False, status=303)

    def _page(self, url: str, response: TestResponse, status: int) -> Page:
        page = Page(url, response)
        if status in (200, 409, 422) and response.status_code in (302, 303):
            raise AssertionError(f"{url} leads to {response.location}")
        assert response.status_code == status, (
            f"{url}: {response.status_code}\n{page.text[:2000] if page.html else ''}"
        )
        if page.document and response.status_code not in (302, 303):
            page.document.check(url)
        return page
