"""What the endpoints about results take and give; see `schedy_server.http.reference`."""

from schedy_server.http.endpoint import Answer, Operation, Parameter, Shape, Tag
from schedy_server.http.parameters import FILTER
from schedy_server.service import analysis_answers as answers

_REFUSES = {
    404: "There is no such experiment.",
}

TARGET = Parameter(
    "target",
    "query",
    "What is to be explained: `quality`, `seconds`, or a result that is a number.",
    {"type": "string", "default": "quality"},
    example="quality",
)
X = Parameter("x", "query", "A hyperparameter.", {"type": "string"}, "lr", required=True)
Y = Parameter("y", "query", "Another one.", {"type": "string"}, "layers", required=True)
GRID = Parameter(
    "grid",
    "query",
    "Into how many steps numbers are divided.",
    {"type": "integer", "minimum": 1, "maximum": 64, "default": 32},
)


def _analysis(meaning: str, shape: Shape, *parameters: Parameter) -> Operation:
    return Operation(
        tag=Tag.ANALYSIS,
        parameters=(*parameters, FILTER),
        gives={200: Answer(meaning, shape)},
        refuses=_REFUSES,
    )


IMPORTANCE = _analysis("The hyperparameters.", answers.ImportanceAnswer, TARGET)
SURFACE = _analysis("The surface.", answers.SurfaceAnswer, X, Y, TARGET, GRID)
PREDICTIONS = _analysis("The predictions.", answers.PredictionsAnswer, TARGET)
