import { autocompletion, closeBrackets } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { PostgreSQL, sql } from "@codemirror/lang-sql";
import { bracketMatching, HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { Compartment, EditorState, StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, keymap, lineNumbers, type DecorationSet } from "@codemirror/view";
import { tags } from "@lezer/highlight";

export interface SqlEditor {
  insert: (text: string) => void;
  replace: (text: string) => void;
  /** What is selected; empty: nothing. */
  selected: () => string;
  /** Underlines a line, from 1; null: none. */
  mark: (line: number | null) => void;
  tables: (tables: Record<string, string[]>) => void;
  destroy: () => void;
}

const colors = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--accent)", fontWeight: "500" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--ok)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--warn)" },
  { tag: tags.comment, color: "var(--text-3)" },
]);
const look = EditorView.theme({
  "&": { fontSize: "13px", color: "var(--text)", backgroundColor: "var(--surface)" },
  ".cm-content": { fontFamily: "var(--mono)", minHeight: "150px", caretColor: "var(--text)" },
  ".cm-gutters": { backgroundColor: "var(--surface-2)", color: "var(--text-3)", border: "none" },
  ".cm-tooltip": { backgroundColor: "var(--surface)", color: "var(--text)", border: "1px solid var(--line)" },
  ".cm-wrong": { textDecoration: "underline wavy var(--bad)" },
  "&.cm-focused": { outline: "2px solid var(--accent)" },
  ".cm-selectionBackground, &.cm-focused .cm-selectionBackground": { backgroundColor: "var(--h1) !important" },
});

/** The beginning of the line that is underlined. */
const markLine = StateEffect.define<number | null>();
const markedLine = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, transaction) {
    for (const effect of transaction.effects) if (effect.is(markLine)) return effect.value === null ? Decoration.none : Decoration.set([Decoration.line({ class: "cm-wrong" }).range(effect.value)]);
    return transaction.docChanged ? Decoration.none : marks;
  },
  provide: (field) => EditorView.decorations.from(field),
});

/** CodeMirror in a shadow root: there its styles are allowed by the strict content security policy. */
export function makeEditor(host: HTMLElement, text: string, on: { run: () => void; change: (text: string) => void }): SqlEditor {
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  const language = new Compartment();
  const run = (): boolean => {
    on.run();
    return true;
  };
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: text,
      extensions: [
        lineNumbers(), history(), bracketMatching(), closeBrackets(), autocompletion(), syntaxHighlighting(colors), look, markedLine,
        keymap.of([{ key: "Mod-Enter", run }, ...defaultKeymap, ...historyKeymap]),
        language.of(sql({ dialect: PostgreSQL })),
        EditorView.contentAttributes.of({ "aria-label": "SQL", tabindex: "0" }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) on.change(update.state.doc.toString());
        }),
      ],
    }),
  });
  return {
    insert(name) {
      view.dispatch(view.state.replaceSelection(name));
      view.focus();
    },
    selected: () => view.state.sliceDoc(view.state.selection.main.from, view.state.selection.main.to).trim(),
    mark(line) {
      const known = line !== null && line <= view.state.doc.lines ? view.state.doc.line(line).from : null;
      view.dispatch({ effects: markLine.of(known) });
    },
    replace(text) {
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
      view.focus();
    },
    tables: (schema) => view.dispatch({ effects: language.reconfigure(sql({ dialect: PostgreSQL, schema })) }),
    destroy: () => view.destroy(),
  };
}
