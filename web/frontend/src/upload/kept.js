// Files under way in the browser's own database (IndexedDB): the address at the server, and the file itself.
const NAME = "loaban-uploads";
const STORE = "files";

function open() {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: "url" });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

async function ask(mode, action) {
  const database = await open();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      const asked = action(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(asked.result);
      transaction.onabort = () => reject(transaction.error);
      transaction.onerror = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

/** Remember a file; where it is too large for the browser, only its name: then the person chooses it again. */
export async function keep({ url, owner, file }) {
  const told = { url, owner, name: file.name, size: file.size, lastModified: file.lastModified };
  try {
    await ask("readwrite", (store) => store.put({ ...told, file }));
  } catch {
    await ask("readwrite", (store) => store.put(told)).catch(() => undefined);
  }
}

/** Forget a file that has come, or that nobody wants any more. */
export async function forget(url) {
  await ask("readwrite", (store) => store.delete(url)).catch(() => undefined);
}

/** The files that a person has under way in this browser, the oldest first; others use it too. */
export async function listKept(owner) {
  const all = await ask("readonly", (store) => store.getAll()).catch(() => []);
  return all.filter((item) => item.owner === owner);
}
