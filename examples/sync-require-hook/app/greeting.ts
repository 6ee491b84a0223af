export interface Greeting {
  readonly to: string;
  readonly loud?: boolean;
}

export function greet({ to, loud = false }: Greeting): string {
  const text: string = `Hello ${to}`;
  return loud ? `${text.toUpperCase()}!` : text;
}
