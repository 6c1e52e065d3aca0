// Passkeys: forms with data-passkey ask the server for options, have the browser make ("create") or show ("get") a key, and send its answer.
const able = typeof PublicKeyCredential === "function" && "parseCreationOptionsFromJSON" in PublicKeyCredential;

function fields(form) {
  const other = form.dataset.with && document.getElementById(form.dataset.with);
  if (other) {
    for (const one of other.querySelectorAll("[required]:not([type=password])")) if (!one.reportValidity()) return null;
  }
  const given = Object.fromEntries([...(other ? new FormData(other) : []), ...new FormData(form)]);
  delete given.password;
  return given;
}

async function send(address, body) {
  const answer = await fetch(address, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify(body),
  });
  const said = await answer.json();
  if (answer.ok) return said;
  if (said.code === "proof-needed") location.assign("/account/proof?next=/account");
  throw new Error([said.detail, said.fix].filter(Boolean).join(" "));
}

async function ask(form) {
  const given = fields(form);
  if (!given) return;
  const { step, options } = await send(form.dataset.options, given);
  const plain = JSON.parse(options);
  const key =
    form.dataset.passkey === "create"
      ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(plain) })
      : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(plain) });
  const { next } = await send(form.dataset.answer, { ...given, step, answer: JSON.stringify(key.toJSON()) });
  location.assign(next);
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!able) continue;
  form.hidden = false;
  const place = form.querySelector("[data-said]");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    place.hidden = true;
    const button = form.querySelector("button");
    button.disabled = true;
    try {
      await ask(form);
    } catch (error) {
      place.textContent = error.message;
      place.hidden = false;
    } finally {
      button.disabled = false;
    }
  });
}
