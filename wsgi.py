"""The application for a WSGI server: `gunicorn wsgi:app`."""

from incubator import create_app

app = create_app()
