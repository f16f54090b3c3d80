"""What the endpoints take and give by which people see what went wrong, and put it right."""

from schedy_server.http import parameters, shapes, steering_shapes
from schedy_server.http.endpoint import Answer, Operation, Tag

_JOB = Answer("The job.", shapes.JobAnswer, tagged=True)
_NO_EXPERIMENT = "There is no such experiment."
_NO_JOB = "There is no such experiment, or no such job."
_DELETED_SINCE = "This request was carried out before, and the job was deleted since."

REQUEUE_JOB = Operation(
    tag=Tag.JOBS,
    takes=shapes.InterventionRequest,
    example={"reason": "node7 had a broken disk"},
    parameters=(parameters.IDEMPOTENCY_KEY,),
    gives={200: _JOB},
    refuses={404: _NO_JOB, 409: _DELETED_SINCE},
)
CANCEL_JOB = Operation(
    tag=Tag.JOBS,
    takes=shapes.InterventionRequest,
    example={"reason": "diverged"},
    parameters=(parameters.IDEMPOTENCY_KEY,),
    gives={200: _JOB},
    refuses={404: _NO_JOB, 409: "The job has ended already."},
)
VOID_JOB = Operation(
    tag=Tag.JOBS,
    takes=shapes.InterventionRequest,
    example={"reason": "trained on the test set"},
    parameters=(parameters.IDEMPOTENCY_KEY,),
    gives={200: _JOB},
    refuses={404: _NO_JOB, 409: "The job has not ended yet: cancel it."},
)
LIST_ATTEMPTS = Operation(
    tag=Tag.JOBS,
    gives={200: Answer("The attempts.", shapes.AttemptList)},
    refuses={404: _NO_JOB},
)
SHOW_LOG = Operation(
    tag=Tag.EXPERIMENTS,
    parameters=(parameters.OF_JOB, parameters.LIMIT, parameters.START),
    gives={200: Answer("A page of the log.", steering_shapes.LogPage)},
    refuses={404: "There is no such experiment, or there never was such a job."},
)
LIST_KEPT = Operation(
    tag=Tag.EXPERIMENTS,
    parameters=(parameters.OF_JOB, parameters.LIMIT, parameters.START),
    gives={200: Answer("A page of kept results.", steering_shapes.KeptPage)},
    refuses={404: _NO_EXPERIMENT},
)
ADOPT = Operation(
    tag=Tag.EXPERIMENTS,
    takes=steering_shapes.AdoptRequest,
    example={"reason": "the network was down"},
    parameters=(parameters.IDEMPOTENCY_KEY,),
    gives={200: _JOB},
    refuses={
        404: "There is no such experiment, or nothing was kept under this id.",
        409: "The job is DONE with other results, or gone; or nobody says how it ended.",
    },
)
LIST_WORKERS = Operation(
    tag=Tag.WORKERS,
    parameters=(parameters.OF_EXPERIMENT, parameters.RECENT),
    gives={200: Answer("The workers.", shapes.WorkerList)},
    refuses={404: _NO_EXPERIMENT},
)
LIFT_WORKER = Operation(tag=Tag.WORKERS, gives={204: Answer("It gets jobs.")})
QUARANTINE = Operation(
    tag=Tag.WORKERS,
    takes=shapes.InterventionRequest,
    example={"reason": "its GPU is broken"},
    gives={204: Answer("It gets no more jobs.")},
)
