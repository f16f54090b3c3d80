"""How the reference looks, by day and by night."""

STYLE = """
:root { color-scheme: light dark; font: 16px/1.55 system-ui, sans-serif;
  --line: light-dark(#ddd, #3a3f47); --soft: light-dark(#f5f6f8, #1d2127);
  --link: light-dark(#0b57d0, #8ab4f8); --dim: light-dark(#5b6270, #9aa4b2); }
* { box-sizing: border-box; }
body { display: grid; grid-template-columns: 18rem minmax(0, 1fr); margin: 0;
  background: light-dark(#fff, #14171b); color: light-dark(#1b1f24, #e6e8eb); }
nav { position: sticky; top: 0; height: 100vh; overflow-y: auto; padding: 1.5rem 1rem;
  border-right: 1px solid var(--line); font-size: .875rem; }
nav ul { list-style: none; margin: 0; padding: 0; }
nav li { margin: .25rem 0; }
nav ul ul { padding-left: .9rem; margin-bottom: .8rem; }
main { max-width: 60rem; padding: 1rem 2rem 30vh; }
a { color: var(--link); text-decoration: none; }
a:hover { text-decoration: underline; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
h2 { margin-top: 3rem; border-bottom: 1px solid var(--line); }
h4 { margin: 1rem 0 .3rem; }
h2, article { scroll-margin-top: 1rem; }
article { margin: 2.5rem 0; }
article:target > h3 { text-decoration: underline; }
code, pre { font: .875em/1.5 ui-monospace, monospace; }
pre { padding: .8rem 1rem; overflow-x: auto; border-radius: 6px; background: var(--soft); }
table { width: 100%; border-collapse: collapse; }
th, td { padding: .4rem .6rem; border-top: 1px solid var(--line); text-align: left;
  vertical-align: top; overflow-wrap: anywhere; }
th { width: 12rem; font-weight: 500; }
small, .url span { color: var(--dim); }
th small { display: block; font-weight: 400; }
.url { display: flex; gap: .7rem; align-items: baseline; flex-wrap: wrap; }
.url b { padding: 0 .5rem; border-radius: 4px; color: #fff; background: #3f6212; }
.url .post { background: #0b57d0; }
.url .put, .url .patch { background: #92400e; }
.url .delete { background: #b3261e; }
@media (max-width: 50rem) {
  body { display: block; }
  nav { position: static; height: auto; border-right: 0; border-bottom: 1px solid var(--line); }
  main { padding: 1rem; }
}
@media print { nav { display: none; } }
"""
