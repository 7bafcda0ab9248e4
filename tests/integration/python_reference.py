"""What CPython makes of an expression, under the rules that docs/expressions.md adds to Python's.

The expression is parsed and run by CPython; between its operations stand hooks that apply the
documented differences: an int beyond 64 bits becomes a float, lists are not added, a missing metric
ends the evaluation unless default() catches it.
"""
import ast
import math
import operator
import re
import warnings

# name: (fewest arguments, most arguments)
FUNCTIONS = {
    "abs": (1, 1), "min": (1, None), "max": (1, None), "sum": (1, 2), "len": (1, 1),
    "round": (1, 2), "pow": (2, 3), "int": (0, 1), "float": (0, 1), "bool": (0, 1),
    "any": (1, 1), "all": (1, 1), "sorted": (1, 1), "ceil": (1, 1), "floor": (1, 1),
    "sqrt": (1, 1), "exp": (1, 1), "log": (1, 2), "log2": (1, 1), "log10": (1, 1),
    "default": (2, 2), "clamp": (3, 3),
}
# These need not be rounded correctly, so that two versions of a library may differ in the last bit.
INEXACT = {"exp", "log", "log2", "log10", "sqrt", "pow"}

BINARY = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.Pow: operator.pow,
    ast.LShift: operator.lshift, ast.RShift: operator.rshift, ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_, ast.BitXor: operator.xor,
}
UNARY = {ast.UAdd: operator.pos, ast.USub: operator.neg, ast.Invert: operator.invert}
NODES = (
    ast.Expression, ast.BoolOp, ast.BinOp, ast.UnaryOp, ast.IfExp, ast.Compare, ast.Call,
    ast.Constant, ast.Subscript, ast.Name, ast.List, ast.Tuple, ast.Load, ast.And, ast.Or, ast.Not,
    ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In, ast.NotIn, *BINARY, *UNARY,
)


# Blank lines, comments and indentation before an expression, which Python takes only in part.
IN_FRONT = re.compile(r"\A(?:[ \t\f]|#[^\r\n]*(?=[\r\n])|\r\n?|\n|\\(?:\r\n?|\n)(?=.))*", re.S)


class Missing(Exception):
    """A metric that is needed is missing."""


class Refused(Exception):
    """Python takes it, the documentation does not; or neither does."""


class Incomparable(Exception):
    """No promise: the order of a sorted list with NaN in it; whether xs[1, 2], which no list takes,
    is found wrong before it is tried."""


def narrow(value):
    """The rule of 64 bits."""
    if isinstance(value, complex):
        raise ArithmeticError("complex")
    if isinstance(value, int) and not isinstance(value, bool) and not -2**63 <= value < 2**63:
        return float(value)
    return value


def numbers(*values):
    for value in values:
        if not isinstance(value, (int, float)):
            raise TypeError("not a number")


def binary(name, a, b):
    numbers(a, b)
    both_whole = isinstance(a, int) and isinstance(b, int)
    # What could not be held in a float anyway is not worked out.
    if both_whole and name == "Pow" and abs(a) > 1 and b * (abs(a).bit_length() - 1) > 1100:
        raise OverflowError
    if both_whole and name == "LShift" and a != 0 and b > 1100:
        raise OverflowError
    return narrow(BINARY[getattr(ast, name)](a, b))


def unary(name, a):
    numbers(a)
    return narrow(UNARY[getattr(ast, name)](a))


def add_up(items, start=0):
    iter(items)
    for item in items:
        start = binary("Add", start, item)
    return start


def clamp(x, low, high):
    numbers(x, low, high)
    if low > high:
        raise ValueError
    return low if x < low else high if x > high else x


def in_order(items):
    if any(isinstance(item, float) and math.isnan(item) for item in items):
        raise Incomparable
    return sorted(items)


def power(a, b, modulus=None):
    return binary("Pow", a, b) if modulus is None else pow(a, b, modulus)


def to_digits(x, digits=None):
    # CPython would work out ten to that power.
    if isinstance(x, int) and isinstance(digits, int) and digits < -100:
        return 0
    return round(x, digits)


def default(x, fallback):
    try:
        value = x()
    except Missing:
        return fallback()
    return fallback() if value is None else value


CALLS = {
    "sum": add_up, "clamp": clamp, "sorted": in_order, "pow": power, "default": default,
    "ceil": math.ceil, "floor": math.floor, "sqrt": math.sqrt, "exp": math.exp, "log": math.log,
    "log2": math.log2, "log10": math.log10, "abs": abs, "min": min, "max": max, "len": len,
    "round": to_digits, "int": int, "float": float, "bool": bool, "any": any, "all": all,
}


def call(name, *args):
    return narrow(CALLS[name](*args))


class Hooks(ast.NodeTransformer):
    """Puts the functions above in the place of operations; refuses what is not documented."""

    def __init__(self, names):
        self.names = names
        self.inexact = False

    def generic_visit(self, node):
        if not isinstance(node, NODES):
            raise Refused(type(node).__name__)
        return super().generic_visit(node)

    @staticmethod
    def hook(name, *args):
        return ast.Call(ast.Name(name, ast.Load()), list(args), [])

    def visit_Constant(self, node):
        if node.value is not None and not isinstance(node.value, (bool, int, float)):
            raise Refused("constant")
        try:
            return ast.Constant(narrow(node.value))
        except OverflowError:
            raise Refused("too large") from None

    def visit_Name(self, node):
        if node.id not in self.names:
            raise Refused("name")
        return self.hook("_name", ast.Constant(node.id))

    def visit_Subscript(self, node):
        if isinstance(node.slice, ast.Tuple):
            raise Incomparable
        return self.generic_visit(node)

    def visit_BinOp(self, node):
        if type(node.op) not in BINARY:
            raise Refused("operator")
        self.inexact |= isinstance(node.op, ast.Pow)
        return self.hook("_binary", ast.Constant(type(node.op).__name__), self.visit(node.left),
                         self.visit(node.right))

    def visit_UnaryOp(self, node):
        if isinstance(node.op, ast.Not):
            return self.generic_visit(node)
        operand = node.operand
        if (isinstance(node.op, ast.USub) and isinstance(operand, ast.Constant)
                and type(operand.value) is int and operand.value == 2**63):
            return ast.Constant(-2**63)
        return self.hook("_unary", ast.Constant(type(node.op).__name__), self.visit(operand))

    def visit_Call(self, node):
        if not isinstance(node.func, ast.Name) or node.func.id not in FUNCTIONS or node.keywords:
            raise Refused("call")
        name = node.func.id
        fewest, most = FUNCTIONS[name]
        if len(node.args) < fewest or (most is not None and len(node.args) > most):
            raise Refused("arguments")
        self.inexact |= name in INEXACT
        args = [self.visit(arg) for arg in node.args]
        if name == "default":
            empty = ast.arguments([], [], None, [], [], None, [])
            args = [ast.Lambda(empty, arg) for arg in args]
        return self.hook("_call", ast.Constant(name), *args)


def evaluate(source, variables):
    """("value", v), ("missing",), ("error",) or ("unknown",); and whether the last bit may differ."""
    def name(text):
        if variables[text] is None:
            raise Missing
        return variables[text]

    hooks = Hooks(variables)
    scope = {"_name": name, "_binary": binary, "_unary": unary, "_call": call, "__builtins__": {}}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(IN_FRONT.sub("", source), mode="eval")
            if isinstance(tree.body, (ast.List, ast.Tuple)):
                raise Refused("the value")
            code = compile(ast.fix_missing_locations(hooks.visit(tree)), "expression", "eval")
        value = eval(code, scope)
    except Missing:
        return ("missing",), False
    except Incomparable:
        return ("unknown",), False
    except (SyntaxError, Refused, ArithmeticError, TypeError, ValueError, LookupError):
        return ("error",), False
    if value is None:
        return ("missing",), False
    if isinstance(value, (list, tuple)):
        return ("error",), False
    return ("value", value), hooks.inexact
