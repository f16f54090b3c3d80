/** Which keys do what here. */

import { Link } from "wouter";
import { printed, useLayers } from "./keys";
import { usePrefs } from "./prefs";
import { Dialog } from "./ui";

export function KeysHelp({ open, onClose }: { open: boolean; onClose: () => void }) {
  const layers = useLayers();
  const { keys } = usePrefs();
  return (
    <Dialog title="Keyboard" open={open} onClose={onClose}>
      <div className="keys-help" tabIndex={0}>
        {[...layers].reverse().map((layer) => (
          <section key={layer.where}>
            <h3>{layer.where}</h3>
            <dl>{Object.entries(layer.keys).map(([key, [says]]) => <div key={key}><dt>{key.split(" ").map((each) => <kbd key={each}>{printed(each)}</kbd>)}</dt><dd>{says}</dd></div>)}</dl>
          </section>
        ))}
      </div>
      <p className="dim">{keys ? "Keys never act while you write." : "Shortcuts are off."} Turn them {keys ? "off" : "on"} in your <Link href="/account" onClick={onClose}>account</Link>.</p>
    </Dialog>
  );
}
