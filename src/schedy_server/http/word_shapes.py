"""The JSON of what people write on experiments and jobs, and of what they do to many at once."""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from schedy_server.http.shapes import LimitsRequest, Moment, ObjectiveShape, Reason
from schedy_server.model.experiments import ExperimentStatus
from schedy_server.service.actions import Kind

JobId = Annotated[str, Meta(max_length=500)]
Word = Annotated[str, Meta(max_length=64)]
Words = Annotated[list[Word], Meta(max_length=32)]
NoteText = Annotated[str, Meta(max_length=65_536)]


class ExperimentChange(Struct, kw_only=True):
    """Settings of an experiment that change; what is absent stays.

    Attributes:
        status: `DONE` pauses the experiment, `RUNNING` resumes it.
        objective: What is to be optimised; null for nothing in particular.
        limits: Those that change.
        tags: All tags that it is to have.
        add_tags: Tags that it is to have besides.
        remove_tags: Tags that it is not to have any more.
        note: In Markdown; at most 64 KiB.
        note_before: The note that you saw: if somebody wrote another one meanwhile, the request is
            refused.
        reason: Why, for those who read the log; only about tags and the note.
    """

    status: ExperimentStatus | UnsetType = UNSET
    objective: ObjectiveShape | UnsetType | None = UNSET
    limits: LimitsRequest | UnsetType = UNSET
    tags: Words | None = None
    add_tags: Words = []
    remove_tags: Words = []
    note: NoteText | None = None
    note_before: NoteText | None = None
    reason: Reason | None = None


class JobChange(Struct, kw_only=True):
    """What is written on a job; what is absent stays.

    Attributes:
        tags: All tags that it is to have.
        add_tags: Tags that it is to have besides.
        remove_tags: Tags that it is not to have any more.
        note: In Markdown; at most 64 KiB.
        note_before: The note that you saw: if somebody wrote another one meanwhile, the request is
            refused.
        reason: Why, for those who read the log.
    """

    tags: Words | None = None
    add_tags: Words = []
    remove_tags: Words = []
    note: NoteText | None = None
    note_before: NoteText | None = None
    reason: Reason | None = None


class NoteAnswer(Struct, kw_only=True):
    """A note to be shown.

    Attributes:
        note: As it was written, in Markdown.
        html: To be put into a page as it is: no scripts, styles or images, whoever wrote the note.
    """

    note: str
    html: str


class NoteRequest(Struct, kw_only=True):
    """A note that somebody is writing."""

    note: NoteText


class ViewRequest(Struct, kw_only=True):
    """A place in the dashboard to come back to.

    Attributes:
        address: Path and query below the dashboard's base.
    """

    address: str


class ViewAnswer(Struct, kw_only=True):
    """A saved view.

    Attributes:
        experiment: The name of the experiment that it shows; null if it shows several.
        address: Path and query below the dashboard's base.
    """

    name: str
    experiment: str | None
    address: str
    modified: Moment


class ViewList(Struct, kw_only=True):
    """Saved views, by experiment and name."""

    items: list[ViewAnswer]


class ActionsRequest(Struct, kw_only=True):
    """What is to be done, and to which jobs: either `ids` or a `filter`.

    Attributes:
        action: `delete` is for ever; the others are like the requests of those names for one job.
        ids: Of the jobs.
        filter: Like `f` of the table; an empty one wants all jobs. A job that it wants no more when
            its turn comes is left as it is.
        tag: The one to put on with `tag`, or to take off with `untag`.
        reason: Why, for those who read the log.
        dry_run: Only count.
    """

    action: Kind
    ids: Annotated[list[JobId], Meta(max_length=10_000)] | None = None
    filter: Annotated[str, Meta(max_length=4000)] | None = None
    tag: Word | None = None
    reason: Reason | None = None
    dry_run: bool = False


class RefusalAnswer(Struct, kw_only=True):
    """A job to which it could not be done, and why."""

    id: str
    reason: str


class ActionsAnswer(Struct, kw_only=True):
    """What became of the jobs, or would become.

    Attributes:
        matched: How many jobs the request is about.
        changed: To how many it was done; the rest was refused, or was like that before.
        refused: The first hundred of those to which it could not be done.
        more: Whether there are more of those.
    """

    matched: int
    changed: int
    refused: list[RefusalAnswer]
    more: bool
