// The answer contract of docs/http.md, as far as the page shows it.

export interface Choice {
  id: string;
  label: string;
}

export interface Picture {
  id: string;
  title: string;
  alt: string;
  url: string;
}

export interface Block {
  topic: string;
  title: string;
  text: string;
  sources: string[];
  image: Picture | null;
}

export interface Source {
  id: string;
  title: string;
  publisher: string;
  year: number | null;
  url: string;
  checked: string;
}

export interface Review {
  status: string;
  reviewed: string | null;
  due: string | null;
}

export interface Reply {
  outcome: string;
  text: string;
  topics: string[];
  care: string;
  blocks: Block[];
  next_step: string | null;
  choices: Choice[];
  sources: Source[];
  numbers: string[];
  review: Review;
}

/** What a person sends: their own words or a tapped choice. */
export type Message = { message: string } | { choice: string };
