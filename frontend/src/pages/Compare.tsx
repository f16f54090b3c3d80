/** Jobs, or experiments, side by side. */

import { Link } from "wouter";
import { useSearchParams } from "../query";
import { plural } from "../format";
import { Boundary } from "../ui";
import { readCompared } from "./compare/address";
import { ExperimentsSide } from "./compare/ExperimentsSide";
import { JobsSide } from "./compare/JobsSide";
import "./compare/compare.css";

export default function Compare() {
  const [query] = useSearchParams();
  const compared = readCompared(query);
  const { jobs, experiments } = compared;
  const what = jobs.length ? plural(jobs.length, "job") : experiments.length ? plural(experiments.length, "experiment") : "";
  return (
    <>
      <div className="heading"><h1>Compare {what && <small>{what}</small>}</h1></div>
      <Boundary key={query.toString()}>
        {jobs.length > 0 && <JobsSide compared={compared} />}
        {jobs.length === 0 && experiments.length > 0 && <ExperimentsSide names={experiments} />}
        {!what && (
          <section className="empty">
            <h2>Nothing to compare yet</h2>
            <p>Select two or more jobs in the table of an experiment, or two or more <Link href="/">experiments</Link>, and press <b>Compare</b>.</p>
          </section>
        )}
      </Boundary>
    </>
  );
}
