// Who types words has a question: of equal matches a guide comes first, and of guides the one whose title has the words.
// A name's own page still beats a guide that mentions it. The numbers below `score` are Sphinx's own.
const asked = (new URLSearchParams(window.location.search).get("q") ?? "").toLowerCase().split(/\s+/).filter(Boolean);
const inTitle = (title) => asked.every((word) => title.toLowerCase().includes(word.slice(0, Math.max(4, word.length - 2))));

var Scorer = {
  score: ([page, title, anchor, description, score, file, kind]) => {
    if (kind !== "object" && inTitle(title)) score += 4;
    if (page.startsWith("guides/")) score += kind === "title" ? 12 : 6;
    if (page.startsWith("reference/models/")) score += 2;
    return page.startsWith("project/") ? score - 3 : score;
  },
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
