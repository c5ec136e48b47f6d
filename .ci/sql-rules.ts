import type { DefElem, Node, ParseResult } from '@pgsql/types';
import { parse, parsePlPgSQL, scan } from 'libpg-query';

// The rules of the project's SQL, checked on PostgreSQL's own parse tree, bodies included.

const columnLimit = 100;
const bodyLineLimit = 75;

/** Conditions are named; these catch whatever comes, and why. */
const catchesOthers: Readonly<Record<string, string>> = {
  'month_end.work_chunk': 'whatever a chunk fails with is kept with its worker, and its lease given back',
  'month_end.store_kpi': 'no error in a key figure may undo the end of a batch that is committed',
};

/** What a file is held to: a migration has no function, the others exactly one function or view. */
type FileKind = 'migration' | 'function';

/** What was found in a file: the object that it makes, as schema.name, and what is wrong. */
interface Verdict {
  readonly object: string | undefined;
  readonly problems: readonly string[];
}

interface FunctionFacts {
  readonly schema: string | undefined;
  readonly name: string;
  readonly isProcedure: boolean;
  readonly language: string;
  readonly body: string;
  readonly options: ReadonlyMap<string, DefElem>;
  readonly setsSearchPath: boolean;
  readonly badParameters: readonly string[];
}

function nameOf(nodes: readonly Node[] | undefined): string[] {
  return (nodes ?? []).map((node) => ('String' in node ? (node.String.sval ?? '') : ''));
}

/** The kinds of parameter that carry a caller's value: those are named p_. */
const valueModes = new Set(['FUNC_PARAM_IN', 'FUNC_PARAM_INOUT', 'FUNC_PARAM_DEFAULT', 'FUNC_PARAM_VARIADIC']);

function functionsOf(statements: readonly Node[]): FunctionFacts[] {
  return statements.flatMap((statement) => {
    if (!('CreateFunctionStmt' in statement)) return [];
    const { funcname, parameters, options, is_procedure } = statement.CreateFunctionStmt;
    const elements = (options ?? []).flatMap((node) => ('DefElem' in node ? [node.DefElem] : []));
    const named = new Map(elements.map((element) => [element.defname ?? '', element]));
    const language = named.get('language')?.arg;
    const as = named.get('as')?.arg;
    const path = nameOf(funcname);
    return [{
      schema: path.length > 1 ? path[0] : undefined,
      name: path.at(-1) ?? '',
      isProcedure: is_procedure ?? false,
      language: language && 'String' in language ? (language.String.sval ?? '') : 'sql',
      body: as && 'List' in as ? (nameOf(as.List.items)[0] ?? '') : '',
      options: named,
      setsSearchPath: elements.some(
        ({ arg }) => arg && 'VariableSetStmt' in arg && arg.VariableSetStmt.name === 'search_path',
      ),
      badParameters: (parameters ?? []).flatMap((node) => {
        if (!('FunctionParameter' in node)) return [];
        const { name, mode } = node.FunctionParameter;
        return valueModes.has(mode ?? '') && name !== undefined && !name.startsWith('p_') ? [name] : [];
      }),
    }];
  });
}

function revokesFromPublic(statements: readonly Node[], name: string): boolean {
  return statements.some((statement) => {
    if (!('GrantStmt' in statement) || statement.GrantStmt.is_grant) return false;
    const { objects, grantees } = statement.GrantStmt;
    const isIt = (objects ?? []).some(
      (node) => 'ObjectWithArgs' in node && nameOf(node.ObjectWithArgs.objname).at(-1) === name,
    );
    const isPublic = (grantees ?? []).some(
      (node) => 'RoleSpec' in node && node.RoleSpec.roletype === 'ROLESPEC_PUBLIC',
    );
    return isIt && isPublic;
  });
}

function hasComment(statements: readonly Node[], name: string): boolean {
  return statements.some((statement) => {
    if (!('CommentStmt' in statement)) return false;
    const { object, comment } = statement.CommentStmt;
    return Boolean(comment) && object !== undefined && 'ObjectWithArgs' in object
      && nameOf(object.ObjectWithArgs.objname).at(-1) === name;
  });
}

function trimmedLines(body: string): number {
  return body.replace(/^\s*\n/, '').trimEnd().split('\n').length;
}

async function capitalKeywords(text: string): Promise<string[]> {
  const { tokens } = await scan(text);
  const found = tokens
    .filter((token) => token.keywordKind !== 0 && token.text !== token.text.toLowerCase())
    .map((token) => token.text);
  return [...new Set(found)];
}

function checkLayout(text: string): string[] {
  const problems: string[] = [];
  for (const [at, line] of text.split('\n').entries()) {
    if ([...line].length > columnLimit) problems.push(`line ${at + 1} is longer than ${columnLimit} columns`);
    if (/\s$/.test(line)) problems.push(`line ${at + 1} ends in white space`);
    if (line.includes('\t')) problems.push(`line ${at + 1} has a tab`);
  }
  if (!text.endsWith('\n')) problems.push('the last line does not end');
  return problems;
}

function checkConditions({ schema, name }: FunctionFacts, body: unknown): string[] {
  const catches = JSON.stringify(body).includes('{"condname":"others"}');
  const isExempt = `${schema}.${name}` in catchesOthers;
  if (catches === isExempt) return [];
  return [catches ? `${name} catches others: name the conditions` : `${name} is exempt from naming conditions and needs it no more`];
}

async function checkBody(found: FunctionFacts, text: string): Promise<string[]> {
  const problems: string[] = [];
  try {
    if (found.language === 'plpgsql') problems.push(...checkConditions(found, await parsePlPgSQL(text)));
    else if (found.language === 'sql' && found.body !== '') await parse(found.body);
  } catch (error) {
    problems.push(`the body of ${found.name}: ${error instanceof Error ? error.message : String(error)}`);
  }
  const lines = trimmedLines(found.body);
  if (lines > bodyLineLimit) problems.push(`the body has ${lines} lines; ${bodyLineLimit} is the limit`);
  const capitals = found.body === '' ? [] : await capitalKeywords(found.body);
  if (capitals.length > 0) problems.push(`keywords in capitals in the body: ${capitals.join(', ')}`);
  return problems;
}

function checkFunction(found: FunctionFacts, statements: readonly Node[], text: string): string[] {
  const problems: string[] = [];
  const need = (holds: boolean, problem: string): void => void (holds || problems.push(problem));
  need(hasComment(statements, found.name), `no comment on ${found.name}`);
  need(revokesFromPublic(statements, found.name), `${found.name} is not revoked from public`);
  need(
    found.setsSearchPath || /--[^\n]*\bno search_path\b/i.test(text),
    "no search_path is set, and no comment has the words 'no search_path' with the reason",
  );
  need(found.isProcedure || found.options.has('volatility'), 'the volatility is not written');
  need(found.options.has('security'), 'security invoker or definer is not written');
  need(found.badParameters.length === 0, `parameters without p_: ${found.badParameters.join(', ')}`);
  return problems;
}

const dropsCascade = (statement: Node): boolean =>
  'DropStmt' in statement && statement.DropStmt.behavior === 'DROP_CASCADE';

/** The names of the views that a file makes. */
function viewsOf(statements: readonly Node[]): { schema: string | undefined; name: string }[] {
  return statements.flatMap((statement) => {
    if (!('ViewStmt' in statement)) return [];
    const { schemaname, relname } = statement.ViewStmt.view ?? {};
    return [{ schema: schemaname, name: relname ?? '' }];
  });
}

function hasViewComment(statements: readonly Node[], name: string): boolean {
  return statements.some((statement) => {
    if (!('CommentStmt' in statement)) return false;
    const { objtype, object } = statement.CommentStmt;
    return objtype === 'OBJECT_VIEW' && object !== undefined && 'List' in object
      && nameOf(object.List.items).at(-1) === name;
  });
}

async function checkText(text: string, statements: readonly Node[]): Promise<string[]> {
  const problems = checkLayout(text);
  const capitals = await capitalKeywords(text);
  if (capitals.length > 0) problems.push(`keywords in capitals: ${capitals.join(', ')}`);
  if (statements.some(dropsCascade)) problems.push('drops with cascade');
  return problems;
}

/** Judges one file. `baseName` is its name without .sql. */
export async function judge(text: string, kind: FileKind, baseName: string): Promise<Verdict> {
  let tree: ParseResult;
  try {
    tree = await parse(text);
  } catch (error) {
    return { object: undefined, problems: [error instanceof Error ? error.message : String(error)] };
  }
  const statements = (tree.stmts ?? []).flatMap(({ stmt }) => (stmt ? [stmt] : []));
  const functions = functionsOf(statements);
  const views = viewsOf(statements);
  const problems = await checkText(text, statements);
  if (kind === 'migration') {
    if (functions.length > 0) problems.push('a function in a migration: its text could not change again');
    return { object: undefined, problems };
  }

  const [found] = [...functions, ...views];
  if (found === undefined || functions.length + views.length > 1) {
    problems.push(`${functions.length} functions and ${views.length} views; a file has one of them`);
    return { object: undefined, problems };
  }
  if (found.name !== baseName) problems.push(`the file is called ${baseName}, what it makes ${found.name}`);
  if (found.schema === undefined) problems.push(`${found.name} has no schema before its name`);
  if (!('body' in found)) {
    if (!hasViewComment(statements, found.name)) problems.push(`no comment on ${found.name}`);
  } else {
    problems.push(...checkFunction(found, statements, text), ...(await checkBody(found, text)));
  }
  return { object: `${found.schema}.${found.name}`, problems };
}
