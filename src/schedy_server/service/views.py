"""What a user can do with saved views: keep places in the dashboard under a name."""

from schedy_server.model.errors import Invalid, NotFound
from schedy_server.model.views import MOST_VIEWS, View, checked_address
from schedy_server.service.context import Context
from schedy_server.service.names import checked_name


def saved(context: Context, *, experiment_name: str | None = None) -> list[View]:
    """Return the caller's views by name: all, or those of one experiment."""
    views = context.ledger.views.all(context.caller.account_key)
    wanted = [each for each in views if experiment_name in {None, each.experiment}]
    return sorted(wanted, key=lambda view: (view.experiment or "", view.name))


def save(context: Context, name: str, *, experiment_name: str | None, address: str) -> View:
    """Keep a place under a name, instead of what was kept there.

    Raises:
        Invalid: The name or the address can't be kept, or there are too many views.
        NotFound: There is no such experiment.
    """
    name, address = checked_name(name, "view"), checked_address(address)
    experiment = None if experiment_name is None else context.locked_experiment(experiment_name)
    views, account = context.ledger.views, context.caller.account_key
    known = _find(context, name, experiment_name)
    if known is not None:
        views.change(known.key, address, context.now)
    elif len(views.all(account)) >= MOST_VIEWS:
        raise Invalid(f"You have {MOST_VIEWS:,} saved views: delete one that you do not need.")
    else:
        views.add(account, experiment.key if experiment else None, name, address, context.now)
    return View(0, name, experiment_name, address, context.now)


def forget(context: Context, name: str, *, experiment_name: str | None) -> None:
    """Delete a view.

    Raises:
        NotFound: There is no such view.
    """
    known = _find(context, name, experiment_name)
    if known is None:
        raise NotFound(f"There is no saved view {name!r}.")
    context.ledger.views.delete(known.key)


def _find(context: Context, name: str, experiment_name: str | None) -> View | None:
    views = context.ledger.views.all(context.caller.account_key)
    found = (each for each in views if (each.name, each.experiment) == (name, experiment_name))
    return next(found, None)
