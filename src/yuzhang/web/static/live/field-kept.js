// What waits on this phone: entries in the browser's own database, each with the party that wrote it. It outlives a session.
const opened = new Promise((resolve, reject) => {
  const asked = indexedDB.open("yuzhang-field", 1);
  asked.onupgradeneeded = () => asked.result.createObjectStore("entries", { keyPath: "key" });
  asked.onsuccess = () => resolve(asked.result);
  asked.onerror = () => reject(asked.error);
});

// Whether this browser keeps anything: some do not in their private mode.
export const able = opened.then(() => true, () => false);

async function store(mode, work) {
  const transaction = (await opened).transaction("entries", mode);
  const asked = work(transaction.objectStore("entries"));
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(asked.result);
    transaction.onerror = () => reject(transaction.error);
    transaction.onabort = () => reject(transaction.error);
  });
}

export const all = async () => (await store("readonly", (entries) => entries.getAll())).sort((a, b) => a.made_at - b.made_at);
export const remove = (key) => store("readwrite", (entries) => entries.delete(key));

// Keeps an entry; those that it stands for are forgotten in the same moment, and none of them if it cannot be kept.
export const put = (entry, instead = []) => store("readwrite", (entries) => {
  for (const key of instead) entries.delete(key);
  return entries.put(entry);
});
