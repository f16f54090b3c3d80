/** Whether what is shown is live, and how often it is asked for if not. */

import { useQueryClient } from "@tanstack/react-query";
import { Menu } from "./menu";
import { setPrefs, usePrefs, type Refresh } from "./prefs";
import { inWords, useNow, useStanding } from "./standing";
import { Icon } from "./ui";

const CHOICES: [Refresh, string][] = [["live", "Live"], ["10", "Every 10 s"], ["60", "Every 60 s"], ["off", "Off: by hand"]];

export function LiveMenu() {
  const client = useQueryClient();
  const { refresh } = usePrefs();
  const now = useStanding();
  const { says, counts } = inWords(now, useNow(now.next !== null || now.kind === "away"));
  return (
    <>
      <span className="sr" role="status">{says}</span>
      <Menu className="quiet live-menu" name={`Updates: ${says}`} label={<><span className={`live is-${now.kind}${now.isFallback && now.kind === "polling" ? " fallback" : ""}`}>{says}{counts}</span> <Icon name="open" /></>}>
        <p className="title">Refresh what is shown</p>
        {CHOICES.map(([choice, title]) => (
          <label key={choice} className="check"><input type="radio" name="refresh" checked={refresh === choice} onChange={() => setPrefs({ refresh: choice })} /> {title}</label>
        ))}
        <hr />
        <button type="button" data-closes onClick={() => void client.invalidateQueries({}, { cancelRefetch: false })}><Icon name="again" /> Now</button>
      </Menu>
    </>
  );
}
