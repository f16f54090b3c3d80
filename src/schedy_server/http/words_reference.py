"""What the endpoints take and give by which people write on experiments and jobs."""

from schedy_server.http import parameters, places, shapes, word_shapes
from schedy_server.http.endpoint import Answer, Operation, Tag

_NO_EXPERIMENT = "There is no such experiment."
_NO_JOB = "There is no such experiment, or no such job."
_OTHER_NOTE = "The note is not the one that `note_before` says: somebody wrote another one."

PATCH_EXPERIMENT = Operation(
    tag=Tag.EXPERIMENTS,
    takes=word_shapes.ExperimentChange,
    example={"status": "DONE", "add_tags": ["baseline"]},
    gives={200: Answer("The experiment.", shapes.ExperimentAnswer)},
    refuses={404: _NO_EXPERIMENT, 409: _OTHER_NOTE},
)
PATCH_JOB = Operation(
    tag=Tag.JOBS,
    takes=word_shapes.JobChange,
    example={"add_tags": ["gpu"], "note": "The *first* one that converged."},
    gives={200: Answer("The job.", shapes.JobAnswer, tagged=True)},
    refuses={404: _NO_JOB, 409: _OTHER_NOTE},
)
SHOW_JOB_NOTE = Operation(
    tag=Tag.JOBS, gives={200: Answer("The note.", word_shapes.NoteAnswer)}, refuses={404: _NO_JOB}
)
ACT = Operation(
    tag=Tag.JOBS,
    takes=word_shapes.ActionsRequest,
    example={"action": "requeue", "filter": "status:crashed", "reason": "the driver was old"},
    parameters=(parameters.IDEMPOTENCY_KEY,),
    gives={200: Answer("What became of them.", word_shapes.ActionsAnswer)},
    refuses={404: _NO_EXPERIMENT},
)
SHOW_PLACE = Operation(
    tag=Tag.DASHBOARD,
    gives={200: Answer("Where it stands.", places.PlaceAnswer)},
    refuses={404: _NO_JOB},
)
SHOW_NOTE = Operation(
    tag=Tag.DASHBOARD,
    gives={200: Answer("The note.", word_shapes.NoteAnswer)},
    refuses={404: _NO_EXPERIMENT},
)
PREVIEW_NOTE = Operation(
    tag=Tag.DASHBOARD,
    takes=word_shapes.NoteRequest,
    example={"note": "A *note*."},
    gives={200: Answer("The note.", word_shapes.NoteAnswer)},
)
LIST_VIEWS = Operation(
    tag=Tag.DASHBOARD,
    parameters=(parameters.OF_EXPERIMENT,),
    gives={200: Answer("The views.", word_shapes.ViewList)},
)
PUT_VIEW = Operation(
    tag=Tag.DASHBOARD,
    takes=word_shapes.ViewRequest,
    example={"address": "/e/mnist/jobs?sort=best"},
    parameters=(parameters.OF_EXPERIMENT,),
    gives={200: Answer("The view.", word_shapes.ViewAnswer)},
    refuses={404: _NO_EXPERIMENT},
)
DELETE_VIEW = Operation(
    tag=Tag.DASHBOARD,
    parameters=(parameters.OF_EXPERIMENT,),
    gives={204: Answer("It is gone.")},
    refuses={404: "There is no such view, or no such experiment."},
)
