"""A brace counter for C++ in the house style: functions, classes, nesting, parameters.

It is a heuristic over text without comments, literals and preprocessor lines, not a parser. Code
that clang-format has laid out is read correctly; macros that hide braces are not.
"""

import re
from dataclasses import dataclass, field

_CONTROL = re.compile(r"\b(if|for|while|switch|do|try|catch|else)\b")
_ACCESS = re.compile(r"\s*(public|private|protected)\s*:(?!:)")
_LABEL = re.compile(r"\s*(?:case\b[^:?]*(?:::[^:?]*)*|default)\s*:(?!:)")
_TEMPLATE = re.compile(r"\s*template\s*<")
_ATTRIBUTE = re.compile(
    r"\[\[.*?\]\]|\balignas\s*\([^()]*\)|\b__attribute__\s*\(\(.*?\)\)", re.DOTALL
)
_CLASS = re.compile(r"\s*(?:typedef\s+)?(class|struct|union)\b\s*([\w:]*)")
_LAMBDA = re.compile(
    r"(?<![\w)\]])\s*\[[^\[\]]*\]\s*(?:<[^{}]*>\s*)?(?:\("
    r"(?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)\s*)?"
    r"(?:mutable\s*|constexpr\s*|static\s*|noexcept\s*)*(?:->[^{}();]*)?$",
    re.DOTALL,
)
_FUNCTION_END = re.compile(
    r"(?:[)}&]|\b(?:const|noexcept|override|final|mutable|try)|\)[^()]*->[^{}();]*"
    r"|\brequires\b[^{}]*)\s*$",
    re.DOTALL,
)
_CTOR_INITS = re.compile(r"\)\s*(?:noexcept\s*)?:(?!:)\s*\w", re.DOTALL)
_NAME = re.compile(r"~?[A-Za-z_]\w*(?:\s*::\s*~?[A-Za-z_]\w*)*$")
_OPERATOR = re.compile(r"\boperator\s*(?:\(\)|\[\]|[^\w\s(]+|(?<=\s)\w+)")
_TEMPLATE_ARGUMENTS = re.compile(r"<[^<>(){};]*(?:\([^<>(){}]*\)[^<>(){};]*)*>")
_NO_FUNCTION = re.compile(r"(using|typedef|friend|enum|static_assert|extern template)\b")
_PROJECT_TYPE = re.compile(r"\b(?!Result\b|Error\b)[A-Z][A-Z0-9]*[a-z]\w*")
_BLANK = re.compile(r"\s*")
_LAMBDA_HEAD_MAX = 400
_INTERESTING = re.compile(r"[{}();]")


@dataclass
class Function:
    """A function with a body, or, with `last_line` 0, one that is only declared."""

    name: str
    parameters: list
    first_line: int
    last_line: int = 0
    open_line: int = 0
    deepest: int = 0
    deepest_line: int = 0
    scope: str = "namespace"  # or "class"
    types: frozenset = frozenset()  # project types named in the result and the parameters

    @property
    def length(self):
        return self.last_line - self.open_line + 1


@dataclass
class Class:
    name: str
    line: int
    public_methods: set = field(default_factory=set)  # names: overloads are one method


@dataclass
class Outline:
    """What a file defines, and which functions it declares."""

    functions: list = field(default_factory=list)
    classes: list = field(default_factory=list)
    declarations: list = field(default_factory=list)


@dataclass
class _Scope:
    kind: str  # namespace, class, function, lambda, control, block or init
    head_start: int
    depth: int = 0  # control statements open around this point, counted from the function
    function: Function | None = None
    entity: Class | None = None
    access: str = "public"
    parens: int = 0  # parentheses that were open where the scope began


def outline(text):
    """The outline of one file, from its `CppText`."""
    return _Scanner(text).run()


class _Scanner:
    def __init__(self, text):
        self.text = text
        self.code = text.code
        self.result = Outline()
        self.scopes = [_Scope("namespace", 0)]
        self.head_start = 0
        self.open_parens = []

    def run(self):
        for match in _INTERESTING.finditer(self.code):
            character, at = match.group(), match.start()
            if character == "(":
                self.open_parens.append(at)
            elif character == ")":
                if self.open_parens:
                    self.open_parens.pop()
            elif character == "{":
                self._open(at)
            elif character == "}":
                self._close(at)
            elif len(self.open_parens) == self.scopes[-1].parens:
                self._statement(at)
        return self.result

    def _open(self, at):
        outer = self.scopes[-1]
        scope = _Scope("init", self.head_start, outer.depth, outer.function)
        scope.parens = len(self.open_parens)
        tail = self.code[max(self.head_start, at - _LAMBDA_HEAD_MAX) : at]
        if outer.function and _LAMBDA.search(tail):
            scope.kind = "lambda"
        elif outer.kind != "init" and scope.parens == outer.parens:
            scope.kind = self._kind(self.code[self.head_start : at], outer)
        self._enter(scope, at)
        self.scopes.append(scope)
        if scope.kind != "init":
            self.head_start = at + 1

    def _kind(self, head, outer):
        self._note_access(head, outer)
        bare = _bare(head)
        if re.match(r"(inline\s+)?namespace\b|extern\b\s*\"\s*\"\s*$", bare):
            return "namespace"
        if re.match(r"(typedef\s+)?enum\b", bare):
            return "init"
        if _CLASS.match(bare) and "(" not in bare and "=" not in bare:
            return "class"
        if outer.kind in ("namespace", "class"):
            return self._kind_outside_functions(bare)
        if _CONTROL.match(bare):
            return "control"
        return "block" if not bare or bare.endswith(")") else "init"

    @staticmethod
    def _kind_outside_functions(bare):
        if "(" not in bare or not _FUNCTION_END.search(bare):
            return "init"
        flat = _without_templates(bare)
        if _CTOR_INITS.search(flat) and not re.search(r"[)}]$", flat):
            return "init"  # `: member_{1}`; the body follows
        assigns = re.search(r"(?<![=!<>\w])=(?!=)", flat.split("(", 1)[0])
        return "init" if assigns and "operator" not in flat else "function"

    def _enter(self, scope, at):
        head = "" if scope.kind in ("init", "lambda") else self.code[self.head_start : at]
        if scope.kind == "class":
            bare = _bare(head)
            keyword, name = _CLASS.match(bare).groups()
            scope.entity = Class(name or "(unnamed)", self._line_of_head(scope.head_start))
            scope.access = "private" if keyword == "class" else "public"
            scope.function, scope.depth = None, 0
            self.result.classes.append(scope.entity)
        elif scope.kind == "function":
            scope.function = self._function(head, scope.head_start)
            scope.function.open_line = self.text.line_of(at)
            scope.depth = 0
            self.result.functions.append(scope.function)
        elif scope.kind == "lambda":
            scope.depth = 0
        elif scope.kind == "control":
            scope.depth += _controls(_without_bodies(head))
            self._note_depth(scope)

    def _close(self, at):
        if len(self.scopes) == 1:
            return
        scope = self.scopes.pop()
        del self.open_parens[scope.parens :]
        if scope.kind == "function":
            scope.function.last_line = self.text.line_of(at)
        if scope.kind == "init":
            return
        # The statement around a lambda goes on behind it.
        self.head_start = scope.head_start if scope.kind == "lambda" else at + 1

    def _statement(self, at):
        outer = self.scopes[-1]
        if outer.kind == "init":
            return
        head = self.code[self.head_start : at]
        self._note_access(head, outer)
        if outer.kind in ("namespace", "class"):
            flat = _without_templates(_bare(head))
            if _declares_function(flat):
                self.result.declarations.append(self._function(head, self.head_start))
        elif outer.function:
            self._note_depth(outer, _controls(_without_bodies(head)))
        self.head_start = at + 1

    def _function(self, head, head_start):
        outer = self.scopes[-1]
        bare = _bare(head)
        name, parameters = _signature(bare)
        if outer.kind == "class" and outer.access == "public":
            if _is_method(bare, name, outer.entity.name):
                outer.entity.public_methods.add(name)
        line = self._line_of_head(head_start)
        types = frozenset(_PROJECT_TYPE.findall(bare))
        return Function(name, parameters, line, scope=outer.kind, types=types)

    @staticmethod
    def _note_access(head, scope):
        while match := _ACCESS.match(head):
            scope.access = match.group(1)
            head = head[match.end() :]

    def _line_of_head(self, head_start):
        while match := _ACCESS.match(self.code, head_start):
            head_start = match.end()
        return self.text.line_of(_BLANK.match(self.code, head_start).end())

    def _note_depth(self, scope, extra=0):
        function = scope.function
        if function and scope.depth + extra > function.deepest:
            function.deepest = scope.depth + extra
            function.deepest_line = self._line_of_head(self.head_start)


def _bare(head):
    """A head without labels, access words, template parameters and attributes."""
    head = _ATTRIBUTE.sub(" ", head)
    while match := _ACCESS.match(head) or _LABEL.match(head):
        head = head[match.end() :]
    while match := _TEMPLATE.match(head):
        head = head[_matching(head, match.end() - 1, "<", ">") + 1 :]
    return re.sub(r"^\s*requires\s*\([^{}]*?\)\s*(?=\w)", "", head).strip()


def _matching(text, start, opening, closing):
    depth = 0
    for index in range(start, len(text)):
        depth += (text[index] == opening) - (text[index] == closing)
        if depth == 0:
            return index
    return len(text) - 1


def _without_templates(text):
    """The text at its old length, template arguments blank and operator names made words."""
    text = _OPERATOR.sub(lambda m: "operator" + "_" * (len(m.group()) - 8), text)
    text = text.replace("->", "  ")
    previous = None
    while previous != text:
        previous, text = text, _TEMPLATE_ARGUMENTS.sub(lambda m: " " * len(m.group()), text)
    return text


def _without_bodies(head):
    """A statement without the bodies of its lambdas: their control words are their own."""
    previous = None
    while previous != head:
        previous, head = head, re.sub(r"\{[^{}]*\}", " ", head)
    return head


def _controls(head):
    words = _CONTROL.findall(re.sub(r"\belse\s+if\b", "if", _bare(head)))
    words = [word for word in words if word not in ("else", "catch")] or words
    return len(words)


def _declares_function(flat):
    if "(" not in flat or _NO_FUNCTION.match(flat):
        return False
    before = flat.split("(", 1)[0]
    name = _NAME.search(before)
    return bool(name) and "=" not in before and not re.fullmatch(r"[A-Z][A-Z0-9_]*", name.group())


def _signature(bare):
    """The name and the parameter list of a function's head."""
    flat = _without_templates(bare)
    for match in re.finditer(r"\(", flat):
        name = _NAME.search(flat[: match.start()].rstrip())
        if name and name.group() not in ("decltype", "noexcept", "explicit", "requires"):
            end = _matching(flat, match.start(), "(", ")")
            parameters = split_parameters(bare[match.start() + 1 : end])
            return re.sub(r"\s", "", name.group()), parameters
    return "", []


def split_parameters(text):
    """Parameter texts, split at the commas outside of brackets of every kind."""
    text = text.replace("->", "  ")
    parts, depth, start = [], 0, 0
    for index, character in enumerate(text):
        if character in "(<[{":
            depth += 1
        elif character in ")>]}":
            depth -= 1
        elif character == "," and depth == 0:
            parts.append(text[start:index].strip())
            start = index + 1
    parts.append(text[start:].strip())
    return [part for part in parts if part and part != "void"]


def _is_method(bare, name, class_name):
    special = name in (class_name, "~" + class_name) or name.startswith("operator")
    dropped = re.search(r"=\s*(default|delete)\s*$", bare)
    return not special and not dropped and not bare.startswith("friend")
