"""Drawn charts on disk, by content. Losing any of it costs time only."""

import hashlib
import os
import tempfile
from pathlib import Path

from incubator.charts.chart import Chart, Kind, digest
from incubator.charts.fonts import static_fonts
from incubator.charts.rendering import load, render

_MARK = b"incubator-chart "


class Cache:
    """Get-or-draw in a folder that may be shared by processes, read-only, full or damaged."""

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder)

    @property
    def fonts(self) -> Path:
        """Where the cut fonts lie."""
        return self.folder / "fonts"

    def cut_fonts(self) -> Path:
        """The folder with the fonts in it, for documents that set a drawing's words themselves."""
        static_fonts(self.fonts)
        return self.fonts

    def get(self, chart: Chart, kind: Kind = "svg", narrow: bool = False) -> bytes:
        """The chart as `render` would draw it; drawn at most once as long as the file lives."""
        path = self._path(digest(chart, narrow, kind))
        kept = _read(path)
        if kept is not None:
            return kept
        theme = load(self.fonts)
        with theme.LOCK:
            # Whoever held the lock may have drawn this very chart.
            kept = _read(path)
            if kept is not None:
                return kept
            drawn = render(chart, kind, narrow, fonts=self.fonts)
        _write(path, drawn)
        return drawn

    def prune(self, largest: int) -> int:
        """Delete the charts longest unchanged until the rest is at most `largest` bytes; how many went."""
        found = []
        for path in self.folder.glob("drawn/*/*"):
            try:
                state = path.stat()
            except OSError:
                continue
            found.append((state.st_mtime, state.st_size, path))
        total, gone = sum(size for _, size, _ in found), 0
        for _, size, path in sorted(found):
            if total <= largest:
                break
            path.unlink(missing_ok=True)
            total, gone = total - size, gone + 1
        return gone

    def _path(self, name: str) -> Path:
        return self.folder / "drawn" / name[:2] / name


def warm(folder: Path | str) -> None:
    """Cut the fonts and build matplotlib's font list, so that the first chart is as quick as the rest."""
    load(Cache(folder).fonts)


def _read(path: Path) -> bytes | None:
    try:
        content = path.read_bytes()
    except OSError:
        return None
    head, _, body = content.partition(b"\n")
    return body if head == _seal(body) else None


def _seal(body: bytes) -> bytes:
    return _MARK + hashlib.sha256(body).hexdigest().encode()


def _write(path: Path, body: bytes) -> None:
    part = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(dir=path.parent, prefix=".part-")
        with os.fdopen(handle, "wb") as file:
            file.write(_seal(body) + b"\n" + body)
        Path(part).replace(path)
    except OSError:
        # A chart that cannot be kept is drawn again next time; the page in hand does not suffer.
        if part is not None:
            _forget(Path(part))


def _forget(part: Path) -> None:
    try:
        part.unlink(missing_ok=True)
    except OSError:
        return
