"""Names of experiments and jobs: every one is its own, and comes back to the character."""

import pytest

from tests.compatibility.databases import on_both_databases
from tests.compatibility.old_client import OldClient
from tests.compatibility.wire import Wire
from tests.security.names import is_kept, naughty_names

pytestmark = pytest.mark.compat

NAMES = {
    "slash": "a/b",
    "encoded slash": "a%2Fb",
    "twice encoded slash": "a%252Fb",
    "only a slash": "/",
    "path upwards": "../..",
    "leading slashes": "//host/path",
    "space": "a b",
    "encoded space": "a%20b",
    "plus": "a+b",
    "outer spaces": "  a  ",
    "percent": "100%",
    "question mark": "what?start=1",
    "fragment": "a#b",
    "semicolon": "a;b=c",
    "ampersand": "a&b=c",
    "quotes": "'\"`",
    "backslash": "a\\b",
    "colon": "http://example.org:80/",
    "tilde": "~a_b.c-d",
    "dots": "...",
    "emoji": "\N{ROCKET}\N{FAMILY}\N{ZERO WIDTH JOINER}",
    "composed": "caf\u00e9",
    "decomposed": "cafe\u0301",
    "ligature": "\ufb01ne",
    "upper case": "CAF\u00c9",
    "sharp s": "stra\u00dfe",
    "right to left": "\u202e\u05e9\u05dc\u05d5\u05dd",
    "no-break space": "a\u00a0b",
    "byte order mark": "\ufeffa",
    "jobs": "jobs",
    "next job": "nextjob",
    "sql": "'; DROP TABLE jobs; --",
    "like wildcards": "a_b%",
    "html": "<script>alert(1)</script>",
    "number": "12e4567",
    "dash": "-f",
    "500 characters": "x" * 500,
    "500 wide characters": "\N{ROCKET}" * 500,
}
HUNDREDS = [each for each in naughty_names() if is_kept(each)]
REFUSED = {
    "501 characters": "x" * 501,
    "1000 characters": "x" * 1000,
    "newline": "a\nb",
    "nul": "a\0b",
    "escape": "\x1b[31mred",
    "C1 control": "a\x85b",
}


@on_both_databases
def test_all_names_are_different_and_come_back_to_the_character(old: OldClient) -> None:
    found, kept = old.run(
        """
        given = [each if len(each) >= 500 else name + each for each in names]
        for each in given:
            exp = schedy.ManualSearch(each)
            db.add_experiment(exp)
            exp.add_job(hyperparameters={'name': each})
        found = [db.get_experiment(each).name for each in given]
        kept = [next(db.get_experiment(each).all_jobs()).hyperparameters['name'] for each in given]
        listed = {exp.name for exp in db.get_experiments()}
        for each in given:
            assert each in listed
            db.get_experiment(each).delete()
        return [found == given, kept == given]
        """,
        names=list(NAMES.values()),
    )
    assert [found, kept] == [True, True]


@pytest.mark.parametrize("odd", NAMES.values(), ids=NAMES.keys())
def test_an_experiment_can_be_worked_on_whatever_its_name(old: OldClient, odd: str) -> None:
    script = """
        exp = schedy.ManualSearch(odd)
        db.add_experiment(exp)
        exp.add_job(hyperparameters={})
        with exp.next_job() as job:
            job.results['a'] = 1
        exp.push_updates()
        found = [db.get_experiment(odd).name, exp.get_job(job.job_id).experiment.name]
        exp.delete()
        return found
    """
    assert old.run(script, odd=odd) == [odd, odd]


@on_both_databases
def test_jobs_can_have_all_these_names_at_once(manual: OldClient) -> None:
    script = """
        exp = db.get_experiment(name)
        for each in names:
            schedy.Job(each, exp, {'name': each}, results={}).put()
        assert [job.job_id for job in exp.all_jobs()] == names
        found = [exp.get_job(each).hyperparameters['name'] for each in names]
        for each in names:
            exp.get_job(each).delete()
        return found
    """
    assert manual.run(script, names=list(NAMES.values())) == list(NAMES.values())


@pytest.mark.parametrize("bad", REFUSED.values(), ids=REFUSED.keys())
@on_both_databases
def test_a_name_that_cannot_be_kept_is_refused(manual: OldClient, bad: str) -> None:
    codes = manual.run(
        """
        exp, codes = db.get_experiment(name), []
        for call in [lambda: db.add_experiment(schedy.ManualSearch(bad)),
                     lambda: db.get_experiment(bad),
                     lambda: schedy.Job(bad, exp, {}, results={}).put(),
                     lambda: exp.get_job(bad)]:
            try:
                call()
            except schedy.errors.ClientRequestError as error:
                codes.append(error.code)
        return codes
        """,
        bad=bad,
    )
    assert codes[::2] == [400, 400]
    assert set(codes[1::2]) <= {400, 404}


@pytest.mark.parametrize("folded", ["", ".", ".."])
def test_names_that_urls_fold_harm_nothing(manual: OldClient, folded: str) -> None:
    script = """
        exp = db.get_experiment(name)
        job = exp.add_job(hyperparameters={'a': 1})
        odd = schedy.ManualSearch(folded)
        results = [outcome(db.add_experiment, odd)]
        odd._db = db
        results += [outcome(odd.push_updates), outcome(odd.delete),
                    outcome(odd.delete, ensure=False)]
        assert exp.get_job(job.job_id).hyperparameters == {'a': 1}
        return results
    """
    assert manual.run(script, folded=folded) == ["ClientRequestError"] * 4


@pytest.mark.parametrize("folded", ["", ".", ".."])
def test_job_ids_that_urls_fold_create_nothing(manual: OldClient, folded: str) -> None:
    script = """
        exp = db.get_experiment(name)
        job = schedy.Job(folded, exp, {'a': 1}, results={})
        results = [outcome(job.put) is None, outcome(job.put, safe=False) is None]
        return [results, type(db.get_experiment(name)).__name__, len(list(exp.all_jobs()))]
    """
    assert manual.run(script, folded=folded) == [[False, False], "ManualSearch", 0]


@pytest.mark.parametrize("name", ["%FF", "%C3", "%ED%A0%80", "a%80b", "%C0%AF"])
def test_a_name_that_is_not_utf8_is_refused(wire: Wire, name: str) -> None:
    body = {"status": "RUNNING", "scheduler": {"Manual": None}}
    assert wire.ask("PUT", f"/experiments/{name}/", body).status == 400
    assert wire.ask("GET", f"/experiments/{name}/jobs/").status == 400


def test_hundreds_of_names_that_break_programs_break_nothing(old: OldClient) -> None:
    script = """
        for each in names:
            exp = schedy.ManualSearch(each)
            db.add_experiment(exp)
            exp.add_job(hyperparameters={'name': each})
        for each in names:
            with db.get_experiment(each).next_job() as job:
                job.results['seen'] = job.hyperparameters['name']
        found = [[job.results['seen'] for job in db.get_experiment(each).all_jobs()]
                 for each in names]
        for each in names:
            db.get_experiment(each).delete()
        return found
    """
    for start in range(0, len(HUNDREDS), 100):
        some = HUNDREDS[start : start + 100]
        assert old.run(script, names=some) == [[each] for each in some]
