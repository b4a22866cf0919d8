// Tables, functions and keywords of the server.
import { get } from "./api.js";

let known = null;
export const catalog = {
  // What was heard last; null before the first answer.
  known: () => known,
  // Asks when nothing is known yet, or `again`.
  get: async (again) => {
    if (!known || again) known = await get("/catalog");
    return known;
  },
};
