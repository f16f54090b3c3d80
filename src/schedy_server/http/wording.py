"""JSON to model, for what is said of an experiment or a job apart from how it runs."""

from msgspec import UnsetType

from schedy_server.http import wire, word_shapes
from schedy_server.model.words import Rewording
from schedy_server.service.experiments import KEEP, Alteration


def experiment_change(body: bytes) -> Alteration:
    """Read which settings of an experiment change."""
    shape = wire.read_shape(body, word_shapes.ExperimentChange)
    return Alteration(
        status=KEEP if isinstance(shape.status, UnsetType) else shape.status,
        objective=wire.given_objective(shape.objective),
        limits=wire.given_limits(shape.limits),
        words=_rewording(shape),
    )


def job_change(body: bytes) -> Rewording:
    """Read what is to be written on a job."""
    return _rewording(wire.read_shape(body, word_shapes.JobChange))


def _rewording(shape: word_shapes.JobChange | word_shapes.ExperimentChange) -> Rewording:
    return Rewording(
        tags=shape.tags,
        add=shape.add_tags,
        remove=shape.remove_tags,
        note=shape.note,
        note_before=shape.note_before,
        reason=wire.storable("reason", shape.reason),
    )
