"""How the set-up page looks: like the dashboard that it leads to, but on its own.

The dashboard may not be built on this server, and its style sheet has a name that changes.
"""

STYLE = """
:root { color-scheme: light dark; --ink: light-dark(#1b2130, #e8ebf2);
  --dim: light-dark(#5a6478, #a3adc0); --ground: light-dark(#f5f6f9, #12151c);
  --sheet: light-dark(#ffffff, #1a1e28); --line: light-dark(#dfe3ea, #2c3341);
  --accent: light-dark(#3553d8, #8ea5ff); --on-accent: light-dark(#ffffff, #10131a);
  --bad: light-dark(#b3261e, #ff8a80);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
  color: var(--ink); background: var(--ground); }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 20px; }
main { width: min(420px, 100%); display: grid; gap: 16px; padding: 30px; background: var(--sheet);
  border: 1px solid var(--line); border-radius: 14px; }
h1 { margin: 0; font-size: 1.35rem; font-weight: 650; letter-spacing: -0.01em; }
h1 svg { color: var(--accent); vertical-align: -0.15em; margin-right: 4px; }
p { margin: 0; }
form { display: grid; gap: 16px; }
label { display: grid; gap: 4px; color: var(--dim); }
input { font: inherit; color: var(--ink); padding: 5px 9px; min-height: 36px; border-radius: 6px;
  border: 1px solid color-mix(in srgb, var(--dim) 55%, var(--line)); background: var(--sheet); }
button, .button { font: inherit; font-weight: 600; min-height: 38px; padding: 6px 14px; border: 0;
  border-radius: 6px; color: var(--on-accent); background: var(--accent); cursor: pointer;
  text-align: center; text-decoration: none; }
button:hover, .button:hover { background: color-mix(in srgb, var(--accent) 85%, var(--ink)); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.dim { color: var(--dim); font-size: 0.93rem; }
.problem { border-left: 4px solid var(--bad); background: var(--ground); padding: 8px 14px; }
ol { margin: 0; padding-left: 1.3rem; display: grid; gap: 10px; }
code { font: 0.87em/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace;
  overflow-wrap: anywhere; }
pre { margin: 4px 0 0; padding: 8px 10px; background: var(--ground); border: 1px solid var(--line);
  border-radius: 6px; white-space: pre-wrap; overflow-wrap: anywhere; }
"""
