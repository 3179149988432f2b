"""The one error a reader of foreign files raises."""


class ImportProblem(ValueError):
    """A file as a whole cannot be read; the message is meant for the person who sent it.

    ``template`` and ``values`` are kept apart so that the message can be translated.
    """

    def __init__(self, template: str, **values: object) -> None:
        self.template = template
        self.values = values
        super().__init__(template % values if values else template)
