//! The command line and the environment.
//!
//! Answers to `Python/getopt.c` and to the parsing half of `Python/initconfig.c`.

use super::config::{Config, Run};
use super::paths::Paths;

/// What the arguments ask for.
pub enum Parsed {
    /// To run something.
    Run(Box<Config>),
    /// To leave at once with this status, after this text on standard output.
    Leave(i32, String),
}

/// Why the process can't start.
pub enum Failure {
    /// The arguments are wrong: status 2, this text on standard error.
    Usage(String),
    /// "Fatal Python error: FUNCTION: MESSAGE", status 1.
    Fatal(&'static str, String),
}

const OPTIONS: &[u8] = b"+bBc:dEhiIm:OPqRsStuvVW:xX:?";

struct Options<'a> {
    args: &'a [Vec<u8>],
    index: usize,
    /// The rest of a group of short options.
    group: &'a [u8],
}

enum Opt<'a> {
    Short(u8, &'a [u8]),
    Long(&'static str, &'a [u8]),
    End,
}

impl<'a> Options<'a> {
    /// Takes the next option.
    fn next(&mut self) -> Result<Opt<'a>, String> {
        if self.group.is_empty() {
            let Some(arg) = self.args.get(self.index) else { return Ok(Opt::End) };
            match arg.as_slice() {
                [b'-', rest @ ..] if !rest.is_empty() => {
                    if rest == b"-" {
                        self.index += 1;
                        return Ok(Opt::End);
                    }
                    self.index += 1;
                    if rest[0] == b'-' {
                        return self.long(&rest[1..]);
                    }
                    self.group = rest;
                }
                _ => return Ok(Opt::End),
            }
        }
        let option = self.group[0];
        self.group = &self.group[1..];
        let Some(at) = OPTIONS.iter().position(|known| *known == option && option != b':') else {
            return Err(format!("Unknown option: -{}\n", char::from(option)));
        };
        if OPTIONS.get(at + 1) != Some(&b':') {
            return Ok(Opt::Short(option, b""));
        }
        if !self.group.is_empty() {
            return Ok(Opt::Short(option, std::mem::take(&mut self.group)));
        }
        match self.args.get(self.index) {
            Some(value) => {
                self.index += 1;
                Ok(Opt::Short(option, value))
            }
            None => Err(format!("Argument expected for the -{} option\n", char::from(option))),
        }
    }

    fn long(&mut self, name: &[u8]) -> Result<Opt<'a>, String> {
        match name {
            b"help" => Ok(Opt::Short(b'h', b"")),
            b"version" => Ok(Opt::Short(b'V', b"")),
            b"help-all" => Ok(Opt::Long("help-all", b"")),
            b"help-env" => Ok(Opt::Long("help-env", b"")),
            b"help-xoptions" => Ok(Opt::Long("help-xoptions", b"")),
            b"check-hash-based-pycs" => match self.args.get(self.index) {
                Some(value) => {
                    self.index += 1;
                    Ok(Opt::Long("check-hash-based-pycs", value))
                }
                None => {
                    Err("Argument expected for the --check-hash-based-pycs options\n".to_owned())
                }
            },
            other => Err(format!("Unknown option: --{}\n", String::from_utf8_lossy(other))),
        }
    }
}

fn usage_line(program: &[u8]) -> String {
    format!(
        "usage: {} [option] ... [-c cmd | -m mod | file | -] [arg] ...\n",
        String::from_utf8_lossy(program)
    )
}

/// What `-h` shows after the usage, and what is shown of variables and of `-X`.
const HELP: &str = include_str!("help/options.txt");
const HELP_ENVIRONMENT: &str = include_str!("help/environment.txt");
const HELP_XOPTIONS: &str = include_str!("help/xoptions.txt");

fn number(text: Option<Vec<u8>>) -> u32 {
    match text {
        None => 0,
        // Anything that is no number counts as 1.
        Some(text) => {
            let digits = std::str::from_utf8(&text).ok().and_then(|text| text.parse::<i32>().ok());
            match digits {
                Some(value) => u32::try_from(value).unwrap_or(1),
                None => 1,
            }
        }
    }
}

/// Reads `argv`, the program's name first.
///
/// # Errors
///
/// A [`Failure`], for which the process ends.
pub fn parse(argv: &[Vec<u8>]) -> Result<Parsed, Failure> {
    let mut config = Config { orig_argv: argv.to_vec(), ..Config::default() };
    let (program, args) = match argv.split_first() {
        Some((program, args)) => (program.clone(), args),
        None => (b"gopy".to_vec(), &[][..]),
    };
    config.program_name = program.clone();
    let mut options = Options { args, index: 0, group: b"" };
    let mut version = 0;
    let mut cli_warnings = Vec::new();
    let fail = |text: String| {
        Failure::Usage(format!(
            "{text}{}Try `python -h' for more information.\n",
            usage_line(&program)
        ))
    };
    let mut run = None;
    while run.is_none() {
        let option = match options.next() {
            Ok(option) => option,
            Err(text) => return Err(fail(text)),
        };
        match option {
            Opt::End => break,
            Opt::Short(b'c', text) => {
                let mut text = text.to_vec();
                text.push(b'\n');
                run = Some(Run::Command(text));
            }
            Opt::Short(b'm', name) => run = Some(Run::Module(name.to_vec())),
            Opt::Short(b'b', _) => config.bytes_warning += 1,
            Opt::Short(b'B', _) => config.write_bytecode = false,
            Opt::Short(b'd', _) => config.parser_debug += 1,
            Opt::Short(b'E', _) => config.use_environment = false,
            Opt::Short(b'i', _) => {
                config.inspect += 1;
                config.interactive += 1;
            }
            Opt::Short(b'I', _) => config.isolated = true,
            Opt::Short(b'O', _) => config.optimization_level += 1,
            Opt::Short(b'P', _) => config.safe_path = true,
            Opt::Short(b'q', _) => config.quiet += 1,
            Opt::Short(b'R', _) => config.use_hash_seed = false,
            Opt::Short(b's', _) => config.user_site_directory = false,
            Opt::Short(b'S', _) => config.site_import = false,
            Opt::Short(b't', _) => {}
            Opt::Short(b'u', _) => config.buffered_stdio = false,
            Opt::Short(b'v', _) => config.verbose += 1,
            Opt::Short(b'x', _) => config.skip_first_line = true,
            Opt::Short(b'W', text) => cli_warnings.push(text.to_vec()),
            Opt::Short(b'X', text) => config.xoptions.push(text.to_vec()),
            Opt::Short(b'V', _) => version += 1,
            Opt::Short(b'h' | b'?', _) => {
                return Ok(Parsed::Leave(0, format!("{}{HELP}", usage_line(&program))));
            }
            Opt::Long("check-hash-based-pycs", value) => {
                config.check_hash_pycs = match value {
                    b"always" => "always",
                    b"never" => "never",
                    b"default" => "default",
                    _ => {
                        return Err(fail(
                            "--check-hash-based-pycs must be one of 'default', 'always', or \
                             'never'\n"
                                .to_owned(),
                        ));
                    }
                };
            }
            Opt::Long("help-env", _) => {
                return Ok(Parsed::Leave(0, HELP_ENVIRONMENT.to_owned()));
            }
            Opt::Long("help-xoptions", _) => {
                return Ok(Parsed::Leave(0, HELP_XOPTIONS.to_owned()));
            }
            Opt::Long(..) | Opt::Short(..) => {
                let usage = usage_line(&program);
                let text = format!("{usage}{HELP}\n{HELP_ENVIRONMENT}\n{HELP_XOPTIONS}");
                return Ok(Parsed::Leave(0, text));
            }
        }
    }
    if version > 0 {
        let text = if version >= 2 { crate::sys::attributes::VERSION } else { "3.14.10" };
        return Ok(Parsed::Leave(0, format!("Python {text}\n")));
    }
    let rest = &args[options.index.min(args.len())..];
    config.argv = rest.to_vec();
    match run {
        Some(run) => {
            let shown = if matches!(run, Run::Command(_)) { "-c" } else { "-m" };
            config.argv.insert(0, shown.into());
            config.run = run;
        }
        None => match rest.first() {
            Some(file) if file != b"-" => config.run = Run::File(absolute(file)),
            Some(_) => {}
            None => config.argv.push(Vec::new()),
        },
    }
    if config.isolated {
        config.use_environment = false;
        config.user_site_directory = false;
        config.safe_path = true;
    }
    environment(&mut config, cli_warnings)?;
    Ok(Parsed::Run(Box::new(config)))
}

/// A path from the root, as far as it can be told; `.` alone is the current folder.
fn absolute(path: &[u8]) -> Vec<u8> {
    use std::os::unix::ffi::OsStringExt;
    if path.first() == Some(&b'/') {
        return path.to_vec();
    }
    let Ok(folder) = std::env::current_dir() else { return path.to_vec() };
    let mut full = folder.into_os_string().into_vec();
    let rest: &[u8] = if path == b"." { b"" } else { path };
    if !rest.is_empty() {
        full.push(b'/');
        full.extend_from_slice(rest);
    }
    full
}

fn environment(config: &mut Config, cli_warnings: Vec<Vec<u8>>) -> Result<(), Failure> {
    let env = |config: &Config, name: &str| config.env(name);
    let level = |config: &Config, name: &str, given: u32| given.max(number(config.env(name)));
    config.parser_debug = level(config, "PYTHONDEBUG", config.parser_debug).min(1);
    config.verbose = level(config, "PYTHONVERBOSE", config.verbose);
    let optimize = level(config, "PYTHONOPTIMIZE", config.optimization_level.into());
    config.optimization_level = optimize.min(2) as u8;
    if env(config, "PYTHONINSPECT").is_some() {
        config.inspect = config.inspect.max(1);
    }
    if env(config, "PYTHONDONTWRITEBYTECODE").is_some() {
        config.write_bytecode = false;
    }
    if env(config, "PYTHONNOUSERSITE").is_some() {
        config.user_site_directory = false;
    }
    if env(config, "PYTHONUNBUFFERED").is_some() {
        config.buffered_stdio = false;
    }
    if env(config, "PYTHONSAFEPATH").is_some() {
        config.safe_path = true;
    }
    if config.xoption("dev").is_some() || env(config, "PYTHONDEVMODE").is_some() {
        config.dev_mode = true;
    }
    config.utf8_mode = match (config.xoption("utf8"), env(config, "PYTHONUTF8").as_deref()) {
        (Some(None | Some(b"1")), _) => true,
        (Some(Some(b"0")), _) => false,
        (Some(_), _) => {
            return Err(Failure::Fatal(
                "preconfig_init_utf8_mode",
                "invalid -X utf8 option value".to_owned(),
            ));
        }
        (None, Some(b"1")) => true,
        (None, Some(b"0") | None) => false,
        (None, _) => {
            return Err(Failure::Fatal(
                "preconfig_init_utf8_mode",
                "invalid PYTHONUTF8 environment variable value".to_owned(),
            ));
        }
    };
    config.warn_default_encoding = config.xoption("warn_default_encoding").is_some()
        || env(config, "PYTHONWARNDEFAULTENCODING").is_some();
    config.code_debug_ranges =
        config.xoption("no_debug_ranges").is_none() && env(config, "PYTHONNODEBUGRANGES").is_none();
    config.fault_handler = config.dev_mode
        || config.xoption("faulthandler").is_some()
        || env(config, "PYTHONFAULTHANDLER").is_some();
    config.thread_inherit_context = switch(
        config,
        "thread_inherit_context",
        "PYTHON_THREAD_INHERIT_CONTEXT",
        "config_init_thread_inherit_context",
    )?;
    config.context_aware_warnings = switch(
        config,
        "context_aware_warnings",
        "PYTHON_CONTEXT_AWARE_WARNINGS",
        "config_init_context_aware_warnings",
    )?;
    import_time(config)?;
    trace_malloc(config)?;
    refuse_free_threading(config)?;
    config.pycache_prefix = match config.xoption("pycache_prefix") {
        Some(value) => value.map(<[u8]>::to_vec).filter(|value| !value.is_empty()),
        None => env(config, "PYTHONPYCACHEPREFIX"),
    };
    hash_seed(config)?;
    str_digits(config)?;
    cpu_count(config)?;
    if let Some(value) = env(config, "PYTHONIOENCODING") {
        let at = memchr::memchr(b':', &value).unwrap_or(value.len());
        config.stdio_encoding = given(&value[..at]);
        config.stdio_errors = value.get(at + 1..).and_then(given);
        if config.stdio_encoding.is_some() && config.stdio_errors.is_none() {
            config.stdio_errors = Some(b"strict".to_vec());
        }
    }
    config.python_path = env(config, "PYTHONPATH");
    config.home = env(config, "PYTHONHOME");
    config.startup = env(config, "PYTHONSTARTUP");
    let mut warnings = Vec::new();
    if config.dev_mode {
        warnings.push(b"default".to_vec());
    }
    if let Some(value) = env(config, "PYTHONWARNINGS") {
        warnings.extend(value.split(|byte| *byte == b',').map(<[u8]>::to_vec));
    }
    warnings.extend(cli_warnings);
    match config.bytes_warning {
        0 => {}
        1 => warnings.push(b"default::BytesWarning".to_vec()),
        _ => warnings.push(b"error::BytesWarning".to_vec()),
    }
    // The last of equals stays.
    let mut kept: Vec<Vec<u8>> = Vec::new();
    for option in warnings {
        if !kept.contains(&option) {
            kept.push(option);
        }
    }
    config.warnoptions = kept;
    config.paths =
        Paths::find(&config.program_name, config.home.as_deref(), config.python_path.as_deref());
    Ok(())
}

/// An option that is on or off.
fn switch(
    config: &Config,
    option: &str,
    variable: &str,
    function: &'static str,
) -> Result<bool, Failure> {
    let parse = |value: Option<&[u8]>| match value {
        Some(b"" | b"0") => Some(false),
        Some(b"1") => Some(true),
        _ => None,
    };
    if let Some(value) = config.xoption(option) {
        return parse(value).ok_or_else(|| {
            Failure::Fatal(function, format!("-X {option}=n: n is missing or invalid"))
        });
    }
    match config.env(variable) {
        None => Ok(false),
        Some(value) => parse(Some(&value)).ok_or_else(|| {
            Failure::Fatal(function, format!("{variable}=N: N is missing or invalid"))
        }),
    }
}

/// `-X importtime`: 1, or 2 to tell of modules that are there already, too.
fn import_time(config: &mut Config) -> Result<(), Failure> {
    // What is no number is on.
    let level = |value: &[u8]| match std::str::from_utf8(value)
        .ok()
        .and_then(|text| text.parse::<i32>().ok())
    {
        None | Some(1) => Some(1),
        Some(2) => Some(2),
        Some(_) => None,
    };
    if let Some(value) = config.env("PYTHONPROFILEIMPORTTIME") {
        config.import_time = level(&value).unwrap_or(1);
    }
    if let Some(value) = config.xoption("importtime") {
        let Some(level) = value.map_or(Some(1), level) else {
            return Err(Failure::Fatal(
                "config_init_import_time",
                "-X importtime: values other than 1 and 2 are reserved for future use.".to_owned(),
            ));
        };
        config.import_time = level;
    }
    match config.xoption("frozen_modules") {
        None | Some(None | Some(b"on" | b"off" | b"")) => Ok(()),
        Some(Some(_)) => Err(Failure::Fatal(
            "",
            "bad value for option -X frozen_modules (expected \"on\" or \"off\")".to_owned(),
        )),
    }
}

/// How many frames allocations are to be traced with is checked, whoever traces them.
fn trace_malloc(config: &Config) -> Result<(), Failure> {
    let good = |value: &[u8]| {
        let frames = std::str::from_utf8(value).ok().and_then(|text| text.parse::<i32>().ok());
        frames.is_some_and(|frames| (0..=65535).contains(&frames))
    };
    let bad = match (config.xoption("tracemalloc"), config.env("PYTHONTRACEMALLOC")) {
        (Some(Some(value)), _) if !good(value) => "-X tracemalloc=NFRAME",
        (None, Some(value)) if !good(&value) => "PYTHONTRACEMALLOC",
        _ => return Ok(()),
    };
    Err(Failure::Fatal("config_init_tracemalloc", format!("{bad}: invalid number of frames")))
}

/// There is always a GIL.
fn refuse_free_threading(config: &Config) -> Result<(), Failure> {
    let bad = |message: &str| Err(Failure::Fatal("config_read_gil", message.to_owned()));
    let disabled = "Disabling the GIL is not supported by this build";
    match (config.xoption("gil"), config.env("PYTHON_GIL").as_deref()) {
        (Some(Some(b"1")), _) | (None, None | Some(b"1")) => Ok(()),
        (Some(Some(b"0")), _) | (None, Some(b"0")) => bad(disabled),
        (Some(_), _) => bad("PYTHON_GIL / -X gil must be \"0\" or \"1\""),
        (None, Some(_)) => bad("PYTHON_GIL / -X gil must be \"0\" or \"1\""),
    }
}

/// One part of `PYTHONIOENCODING`, unless it is empty.
fn given(part: &[u8]) -> Option<Vec<u8>> {
    Some(part.to_vec()).filter(|part| !part.is_empty())
}

fn hash_seed(config: &mut Config) -> Result<(), Failure> {
    let Some(value) = config.env("PYTHONHASHSEED") else { return Ok(()) };
    if value == b"random" {
        return Ok(());
    }
    match std::str::from_utf8(&value).ok().and_then(|text| text.parse::<u32>().ok()) {
        Some(seed) => {
            config.hash_seed = Some(seed);
            config.use_hash_seed = true;
            Ok(())
        }
        None => Err(Failure::Fatal(
            "config_init_hash_seed",
            "PYTHONHASHSEED must be \"random\" or an integer in range [0; 4294967295]".to_owned(),
        )),
    }
}

fn str_digits(config: &mut Config) -> Result<(), Failure> {
    let parse = |text: &[u8]| {
        std::str::from_utf8(text)
            .ok()
            .and_then(|text| text.parse::<i32>().ok())
            .filter(|value| *value == 0 || *value >= 640)
    };
    let bad = |source: &str| {
        Err(Failure::Fatal(
            "config_init_int_max_str_digits",
            format!("{source}: invalid limit; must be >= 640 or 0 for unlimited."),
        ))
    };
    if let Some(value) = config.env("PYTHONINTMAXSTRDIGITS") {
        match parse(&value) {
            Some(value) => config.int_max_str_digits = value,
            None => return bad("PYTHONINTMAXSTRDIGITS"),
        }
    }
    if let Some(value) = config.xoption("int_max_str_digits") {
        match value.and_then(parse) {
            Some(value) => config.int_max_str_digits = value,
            None => return bad("-X int_max_str_digits"),
        }
    }
    Ok(())
}

fn cpu_count(config: &mut Config) -> Result<(), Failure> {
    let parse = |text: &[u8]| match text {
        b"default" => Some(-1),
        text => std::str::from_utf8(text)
            .ok()
            .and_then(|text| text.parse::<i32>().ok())
            .filter(|value| *value > 0),
    };
    let given = match config.xoption("cpu_count") {
        Some(value) => Some(value.and_then(parse)),
        None => config.env("PYTHON_CPU_COUNT").map(|value| parse(&value)),
    };
    match given {
        None => Ok(()),
        Some(Some(count)) => {
            config.cpu_count = count;
            Ok(())
        }
        Some(None) => Err(Failure::Fatal(
            "config_init_cpu_count",
            "-X cpu_count=n option: n is missing or an invalid number, n must be greater than 0"
                .to_owned(),
        )),
    }
}
