import { z } from 'zod';
import { errorAnswer } from './answers.ts';
import type { Route } from './route.ts';

/** A schema as OpenAPI 3.1 has it: JSON Schema of 2020-12. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output' = 'output'): Record<string, unknown> {
  // The document says its dialect once, for all.
  const entries = Object.entries(z.toJSONSchema(schema, { io, unrepresentable: 'any' }));
  return Object.fromEntries(entries.filter(([key]) => key !== '$schema'));
}

/** The API in OpenAPI's words (https://spec.openapis.org/oas/v3.1.0), made of the very routes that serve it. */
export function openApiDocument(routes: readonly Route[]): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method]: operationOf(route) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Undertone', version: '1', description: 'How people speak, in conversations that are heard.' },
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: { Error: schemaOf(errorAnswer) },
    },
  };
}

function operationOf({ summary, scope, params, query, body, answer }: Route): Record<string, unknown> {
  const error = { $ref: '#/components/schemas/Error' };
  return {
    summary: scope === null ? summary : `${summary} Scope: ${scope}.`,
    ...(scope !== null && { security: [{ token: [] }] }),
    parameters: [...parametersOf('path', params), ...parametersOf('query', query)],
    ...(body && { requestBody: { content: { 'application/json': { schema: schemaOf(body, 'input') } } } }),
    responses: {
      200: {
        description: 'Done.',
        content: { [answer.type]: { schema: 'schema' in answer ? schemaOf(answer.schema) : { type: 'string' } } },
      },
      default: { description: 'It failed.', content: { 'application/json': { schema: error } } },
    },
  };
}

function parametersOf(place: 'path' | 'query', schema: z.ZodObject): Record<string, unknown>[] {
  return Object.entries(schema.shape).map(([name, part]) => ({
    name,
    in: place,
    required: place === 'path',
    schema: schemaOf(part as z.ZodType),
  }));
}
