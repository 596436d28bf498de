/* A new import: the file is dropped, and answers for itself what it can. */

import { html, useEffect, useRef, useState } from "../../kit/dom.js";
import { getAll, write } from "../../kit/api.js";
import { useDraft } from "../../kit/drafts.js";
import { useLoad } from "../../kit/load.js";
import { go } from "../../kit/router.js";
import { t } from "../../kit/texts.js";
import { Check, Radios, Select, TextField } from "../../parts/fields.js";
import { Loaded, Trouble, Waiting } from "../../parts/trouble.js";
import { Earlier } from "./earlier.js";
import { blank, choicesOf, guessed, multipart } from "./form.js";
import { NewScheme } from "./new_scheme.js";
import { NotKept } from "./not_kept.js";

const IMPORTS = "/v1/area-imports";

// While the tab lives: a sign-in in between must not lose what was chosen.
let chosenFile = null;

export function Start() {
  const schemes = useLoad("schemes", (options) => getAll("/v1/area-schemes", options), { keep: true });
  return html`<h1>${t("imports.title")}</h1>
    <p class="lead">${t("imports.lead")}</p>
    <${Loaded} load=${schemes}>${(found) => html`
      ${found.length === 0 && html`<p>${t("imports.no_scheme")}</p>`}
      <${NewScheme} open=${found.length === 0} made=${schemes.again} />
      ${found.length > 0 && html`<${NewImport} schemes=${found} />`}`}
    </${Loaded}>
    <${Earlier} />`;
}

function NewImport({ schemes }) {
  const draft = useDraft("import", blank());
  const asking = useRef(null);
  const [file, setFile] = useState(chosenFile);
  const [choices, setChoices] = useState({});
  const [state, setState] = useState({ busy: null, error: null });
  const values = { ...draft.value, scheme: draft.value.scheme || schemes[0].code };
  const set = (name) => (value) => draft.change((now) => ({ ...now, scheme: values.scheme, [name]: value }));

  /** Asks the file which layers and fields it has; the refusal is the answer. */
  async function ask(chosen, sent) {
    // What is still being answered about another file, or another layer, is not asked any more.
    asking.current?.abort();
    const control = new AbortController();
    asking.current = control;
    setState({ busy: t("imports.reading"), error: null });
    try {
      await write("POST", IMPORTS, multipart(sent, chosen, { asking: true }), { signal: control.signal });
      setState({ busy: null, error: null });
    } catch (error) {
      if (control.signal.aborted) return;
      const learnt = choicesOf(error);
      const told = Object.keys(learnt).length > 0;
      setChoices((now) => ({ ...now, ...learnt }));
      if (told) draft.change((now) => guessed(now, learnt));
      setState({ busy: null, error: told && !learnt.layer && !learnt.crs ? null : error });
    }
  }

  function take(chosen) {
    chosenFile = chosen;
    setFile(chosen);
    setChoices({});
    // Of the last file, and nothing of this one.
    const sent = { ...values, layer: "", crs: "" };
    draft.change(sent);
    ask(chosen, sent);
  }

  async function preview(event) {
    event.preventDefault();
    setState({ busy: t("imports.previewing"), error: null });
    try {
      const { value } = await write("POST", IMPORTS, multipart(values, file));
      chosenFile = null;
      draft.discard();
      go(["imports", String(value.id)]);
    } catch (error) {
      setChoices((now) => ({ ...now, ...choicesOf(error) }));
      setState({ busy: null, error });
    }
  }

  const form = { values, set, choices, errors: state.error?.fields ?? {}, schemes };
  return html`<form class="form imports-form" onSubmit=${preview} novalidate>
    <${DropZone} file=${file} take=${take} />
    ${state.busy && html`<${Waiting} text=${state.busy} />`}
    ${state.error && html`<${Trouble} error=${state.error} />`}
    <${NotKept} drafts=${[draft]} />
    ${!file && draft.restored && html`<p class="nothing">${t("imports.choose_again")}</p>`}
    ${file && html`<${Questions} ...${form} again=${() => ask(file, values)} />`}
    ${file && html`<p><button class="button primary" disabled=${state.busy !== null}>${t("imports.preview")}</button></p>`}
  </form>`;
}

/** A file that misses its place must not take the reader to the file instead. */
function useNoDropBeside() {
  useEffect(() => {
    const prevent = (event) => event.preventDefault();
    addEventListener("dragover", prevent);
    addEventListener("drop", prevent);
    return () => {
      removeEventListener("dragover", prevent);
      removeEventListener("drop", prevent);
    };
  }, []);
}

/** A file is dropped on it, or chosen as any other file. */
function DropZone({ file, take }) {
  const [over, setOver] = useState(false);
  useNoDropBeside();
  function drop(event) {
    event.preventDefault();
    setOver(false);
    if (event.dataTransfer.files[0]) take(event.dataTransfer.files[0]);
  }
  function hover(event) {
    event.preventDefault();
    setOver(true);
  }
  return html`<div class=${over ? "imports-drop imports-drop-over" : "imports-drop"} onDragOver=${hover} onDragLeave=${() => setOver(false)} onDrop=${drop}>
    <label for="imports-file">${t("imports.file")}</label>
    <p class="hint" id="imports-formats">${t("imports.formats")}</p>
    <input id="imports-file" type="file" aria-describedby="imports-formats"
      onChange=${(event) => event.currentTarget.files[0] && take(event.currentTarget.files[0])} />
    ${file && html`<p role="status" dir="auto"><strong>${t("imports.chosen", { name: file.name })}</strong></p>`}
  </div>`;
}

function Questions({ values, set, choices, errors, schemes, again }) {
  return html`<div class="imports-questions">
    <${Select} label=${t("imports.scheme")} required value=${values.scheme} onChange=${set("scheme")} error=${errors["/scheme"]}
      options=${schemes.map((one) => ({ value: one.code, label: `${one.name} (${one.code})` }))} />
    <${TextField} label=${t("imports.valid_from")} hint=${t("imports.valid_from.hint")} type="date" required value=${values.valid_from}
      onChange=${set("valid_from")} error=${errors["/valid_from"]} />
    ${choices.layer && html`<${OneOf} name="layer" label=${t("imports.layer")} ...${{ values, set, choices, errors }} />`}
    ${choices.crs && html`<${OneOf} name="crs" label=${t("imports.crs")} hint=${t("imports.crs.hint")} ...${{ values, set, choices, errors }} />`}
    ${(choices.layer || choices.crs) && html`<p><button type="button" class="button" onClick=${again}>${t("imports.read_again")}</button></p>`}
    <${OneOf} name="code_field" label=${t("imports.code_field")} hint=${t("imports.code_field.hint")} required ...${{ values, set, choices, errors }} />
    <${OneOf} name="name_field" label=${t("imports.name_field")} required ...${{ values, set, choices, errors }} />
    <${Radios} label=${t("imports.extent")} value=${values.extent} onChange=${set("extent")}
      options=${[{ value: "whole", label: t("imports.extent.whole") }, { value: "part", label: t("imports.extent.part") }]} />
    <details class="imports-more"><summary>${t("imports.more")}</summary>
      ${!choices.crs && html`<${TextField} label=${t("imports.crs")} hint=${t("imports.crs.form")} value=${values.crs} onChange=${set("crs")} error=${errors["/crs"]} />`}
      <${TextField} label=${t("imports.encoding")} hint=${t("imports.encoding.hint")} value=${values.encoding} onChange=${set("encoding")} error=${errors["/encoding"]} />
      <${Check} label=${t("imports.clean")} hint=${t("imports.clean.hint")} checked=${values.clean} onChange=${set("clean")} />
    </details>
  </div>`;
}

/** A choice among what the file has, or a line to write in where that is not known. */
function OneOf({ name, values, set, choices, errors, ...field }) {
  const props = { ...field, value: values[name], onChange: set(name), error: errors[`/${name}`] };
  const listed = choices[name];
  if (!listed) return html`<${TextField} ...${props} />`;
  return html`<${Select} ...${props} empty=${t("imports.choose")} options=${listed.map((one) => ({ value: one, label: one }))} />`;
}
