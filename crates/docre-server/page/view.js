// What is looked at: one reading, which of its facts are shown, and what is chosen. Parts of the page
// listen to "reading", "shown" and "choice", and change it by the functions here.
export class View extends EventTarget {
  reading = null;
  minScore = 0;
  hidden = new Set(); // ids of relations
  query = "";
  shown = [];
  chosen = null; // { fact } or { entity }

  read(reading) {
    this.reading = reading;
    this.chosen = null;
    this.#select();
    this.#tell("reading");
  }

  // Changes one or more of `minScore`, `hidden` and `query`.
  filter(changes) {
    Object.assign(this, changes);
    if (!this.reading) return;
    this.#select();
    this.#tell("shown");
    if (this.chosen?.fact && !this.shown.includes(this.chosen.fact)) this.choose(null);
  }

  // Chooses a fact or an entity; what is chosen already, or null, lets go of it.
  choose(what) {
    const same = what && this.chosen && what.fact === this.chosen.fact && what.entity === this.chosen.entity;
    this.chosen = same ? null : what;
    this.#tell("choice");
  }

  // Whether score and relation let a fact through; these two count for what is taken away, too.
  admits(fact) {
    return fact.score >= this.minScore && !this.hidden.has(fact.relation.id);
  }

  #select() {
    const query = this.query.trim().toLowerCase();
    this.shown = this.reading.facts.filter((fact) => this.admits(fact) && fact.words.includes(query));
  }

  #tell(what) {
    this.dispatchEvent(new Event(what));
  }

  // Calls `work` when any of the named things happens.
  on(names, work) {
    for (const name of names.split(" ")) this.addEventListener(name, work);
  }
}

// The entities that a choice lights up.
export const entitiesOf = (chosen) => !chosen ? [] : chosen.fact ? [chosen.fact.head, chosen.fact.tail] : [chosen.entity];
