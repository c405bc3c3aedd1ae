//! What the arguments of some instructions select: operators, intrinsics, constants, methods.
//!
//! Answers to `opcode.h` (the NB table), `pycore_intrinsics.h` and `pycore_opcode_utils.h`.

/// Declares an enum whose values are numbered from zero and carry CPython's name and a text.
macro_rules! numbered {
    ($(#[$meta:meta])* $enum:ident, $text:ident: $textdoc:literal {
        $($variant:ident $name:literal $value:literal,)*
    }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum $enum {
            $(#[doc = concat!("`", $value, "`")] $variant,)*
        }

        impl $enum {
            /// All of them, by number.
            pub const ALL: &'static [$enum] = &[$($enum::$variant),*];

            /// The one with this number.
            pub fn from_number(number: u32) -> Option<$enum> {
                Self::ALL.get(usize::try_from(number).ok()?).copied()
            }

            /// Its number: the instruction's argument.
            pub const fn number(self) -> u32 {
                self as u32
            }

            /// CPython's name for it.
            pub const fn name(self) -> &'static str {
                match self { $($enum::$variant => $name,)* }
            }

            #[doc = $textdoc]
            pub const fn $text(self) -> &'static str {
                match self { $($enum::$variant => $value,)* }
            }
        }
    };
}

numbered! {
    /// Operators of BINARY_OP.
    BinaryOperator, symbol: "The operator as Python spells it." {
        Add "NB_ADD" "+",
        And "NB_AND" "&",
        FloorDivide "NB_FLOOR_DIVIDE" "//",
        Lshift "NB_LSHIFT" "<<",
        MatrixMultiply "NB_MATRIX_MULTIPLY" "@",
        Multiply "NB_MULTIPLY" "*",
        Remainder "NB_REMAINDER" "%",
        Or "NB_OR" "|",
        Power "NB_POWER" "**",
        Rshift "NB_RSHIFT" ">>",
        Subtract "NB_SUBTRACT" "-",
        TrueDivide "NB_TRUE_DIVIDE" "/",
        Xor "NB_XOR" "^",
        InplaceAdd "NB_INPLACE_ADD" "+=",
        InplaceAnd "NB_INPLACE_AND" "&=",
        InplaceFloorDivide "NB_INPLACE_FLOOR_DIVIDE" "//=",
        InplaceLshift "NB_INPLACE_LSHIFT" "<<=",
        InplaceMatrixMultiply "NB_INPLACE_MATRIX_MULTIPLY" "@=",
        InplaceMultiply "NB_INPLACE_MULTIPLY" "*=",
        InplaceRemainder "NB_INPLACE_REMAINDER" "%=",
        InplaceOr "NB_INPLACE_OR" "|=",
        InplacePower "NB_INPLACE_POWER" "**=",
        InplaceRshift "NB_INPLACE_RSHIFT" ">>=",
        InplaceSubtract "NB_INPLACE_SUBTRACT" "-=",
        InplaceTrueDivide "NB_INPLACE_TRUE_DIVIDE" "/=",
        InplaceXor "NB_INPLACE_XOR" "^=",
        Subscript "NB_SUBSCR" "[]",
    }
}

numbered! {
    /// Operators of COMPARE_OP (its argument holds them from bit 5 up) and of rich comparison.
    Compare, symbol: "The operator as Python spells it." {
        Lt "Py_LT" "<",
        Le "Py_LE" "<=",
        Eq "Py_EQ" "==",
        Ne "Py_NE" "!=",
        Gt "Py_GT" ">",
        Ge "Py_GE" ">=",
    }
}

/// Bit of COMPARE_OP's argument that asks for an exact bool.
pub const COMPARE_TO_BOOL: u32 = 16;

numbered! {
    /// Helpers of CALL_INTRINSIC_1.
    Intrinsic1, text: "What it does." {
        Invalid "INTRINSIC_1_INVALID" "is never emitted",
        Print "INTRINSIC_PRINT" "calls sys.displayhook",
        ImportStar "INTRINSIC_IMPORT_STAR" "from module import *",
        StopIterationError "INTRINSIC_STOPITERATION_ERROR" "turns StopIteration into RuntimeError",
        AsyncGenWrap "INTRINSIC_ASYNC_GEN_WRAP" "wraps a value yielded by an async generator",
        UnaryPositive "INTRINSIC_UNARY_POSITIVE" "+x",
        ListToTuple "INTRINSIC_LIST_TO_TUPLE" "makes a tuple of a list",
        TypeVar "INTRINSIC_TYPEVAR" "makes a TypeVar",
        ParamSpec "INTRINSIC_PARAMSPEC" "makes a ParamSpec",
        TypeVarTuple "INTRINSIC_TYPEVARTUPLE" "makes a TypeVarTuple",
        SubscriptGeneric "INTRINSIC_SUBSCRIPT_GENERIC" "Generic[parameters]",
        TypeAlias "INTRINSIC_TYPEALIAS" "makes a TypeAliasType",
    }
}

numbered! {
    /// Helpers of CALL_INTRINSIC_2.
    Intrinsic2, text: "What it does." {
        Invalid "INTRINSIC_2_INVALID" "is never emitted",
        PrepReraiseStar "INTRINSIC_PREP_RERAISE_STAR" "what an except* statement raises in the end",
        TypeVarWithBound "INTRINSIC_TYPEVAR_WITH_BOUND" "makes a TypeVar with a bound",
        TypeVarWithConstraints "INTRINSIC_TYPEVAR_WITH_CONSTRAINTS" "makes a TypeVar with constraints",
        SetFunctionTypeParams "INTRINSIC_SET_FUNCTION_TYPE_PARAMS" "sets __type_params__",
        SetTypeparamDefault "INTRINSIC_SET_TYPEPARAM_DEFAULT" "sets a type parameter's default",
    }
}

numbered! {
    /// Constants of LOAD_COMMON_CONSTANT.
    CommonConstant, builtin: "The builtin's name." {
        AssertionError "CONSTANT_ASSERTIONERROR" "AssertionError",
        NotImplementedError "CONSTANT_NOTIMPLEMENTEDERROR" "NotImplementedError",
        Tuple "CONSTANT_BUILTIN_TUPLE" "tuple",
        All "CONSTANT_BUILTIN_ALL" "all",
        Any "CONSTANT_BUILTIN_ANY" "any",
    }
}

numbered! {
    /// Methods of LOAD_SPECIAL.
    SpecialMethod, method: "The method's name." {
        Enter "SPECIAL___ENTER__" "__enter__",
        Exit "SPECIAL___EXIT__" "__exit__",
        Aenter "SPECIAL___AENTER__" "__aenter__",
        Aexit "SPECIAL___AEXIT__" "__aexit__",
    }
}

numbered! {
    /// Conversions of CONVERT_VALUE (zero is unused) and BUILD_INTERPOLATION.
    Conversion, suffix: "The conversion as an f-string spells it." {
        None "FVC_NONE" "",
        Str "FVC_STR" "!s",
        Repr "FVC_REPR" "!r",
        Ascii "FVC_ASCII" "!a",
    }
}

/// Bits of SET_FUNCTION_ATTRIBUTE's argument.
pub mod function_attribute {
    /// Positional defaults, a tuple.
    pub const DEFAULTS: u32 = 0x01;
    /// Keyword-only defaults, a dict.
    pub const KWDEFAULTS: u32 = 0x02;
    /// Annotations, a tuple or dict.
    pub const ANNOTATIONS: u32 = 0x04;
    /// The closure, a tuple of cells.
    pub const CLOSURE: u32 = 0x08;
    /// The `__annotate__` function.
    pub const ANNOTATE: u32 = 0x10;
}

/// RESUME's argument: where execution resumes.
pub mod resume {
    /// At the start of a function.
    pub const AT_FUNC_START: u32 = 0;
    /// After `yield`.
    pub const AFTER_YIELD: u32 = 1;
    /// After `yield from`.
    pub const AFTER_YIELD_FROM: u32 = 2;
    /// After `await`.
    pub const AFTER_AWAIT: u32 = 3;
    /// Bits that hold one of the above.
    pub const LOCATION_MASK: u32 = 0x3;
    /// Set where the only enclosing handler is the generator's own.
    pub const DEPTH1_MASK: u32 = 0x4;
}
