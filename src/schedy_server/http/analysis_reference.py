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
X = Parameter("x", "query", "A hyperparameter.", {"type": "string"}, "learning_rate", required=True)
Y = Parameter("y", "query", "Another one.", {"type": "string"}, "layers", required=True)
GRID = Parameter(
    "grid",
    "query",
    "Into how many steps numbers are divided.",
    {"type": "integer", "minimum": 1, "maximum": 64, "default": 32},
)

OBJECTIVES = Parameter(
    "objectives",
    "query",
    "Two or three fields, by commas, each with `:min` or `:max`.",
    {"type": "string"},
    "quality:min,seconds:min",
    required=True,
)
RESULT = Parameter(
    "result",
    "query",
    "A result that is a list of numbers.",
    {"type": "string"},
    "losses",
    required=True,
)
LINES = Parameter(
    "lines",
    "query",
    "How many curves to return at most: the best, and a sample of the others.",
    {"type": "integer", "minimum": 1, "maximum": 5000, "default": 2000},
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
PARETO = _analysis("The front.", answers.ParetoAnswer, OBJECTIVES)
PROGRESS = _analysis("The improvements.", answers.ProgressAnswer)
DISTRIBUTION = _analysis("The shares.", answers.DistributionAnswer, TARGET)
CURVES = Operation(
    tag=Tag.ANALYSIS,
    parameters=(RESULT, LINES, FILTER),
    gives={200: Answer("The curves.", bodies={"application/octet-stream": {"type": "string"}})},
    refuses=_REFUSES,
)
