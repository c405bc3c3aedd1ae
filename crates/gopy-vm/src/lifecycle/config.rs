//! What the command line, the environment and the file system say about this process.
//!
//! Answers to `PyConfig` and `PyPreConfig` in `Python/initconfig.c`, `Python/preconfig.c`.

use std::sync::OnceLock;

/// What the interpreter is to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Run {
    /// `-c`; the text with its newline.
    Command(Vec<u8>),
    /// `-m`
    Module(Vec<u8>),
    /// A file, directory or archive.
    File(Vec<u8>),
    /// Standard input.
    Stdin,
}

/// Settings of the process. Text is as the system gives it, in bytes.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Config {
    pub run: Run,
    pub isolated: bool,
    pub use_environment: bool,
    pub dev_mode: bool,
    pub utf8_mode: bool,
    pub safe_path: bool,
    pub site_import: bool,
    pub user_site_directory: bool,
    pub write_bytecode: bool,
    pub buffered_stdio: bool,
    pub inspect: u32,
    pub interactive: u32,
    pub optimization_level: u8,
    pub parser_debug: u32,
    pub verbose: u32,
    pub quiet: u32,
    pub bytes_warning: u32,
    pub skip_first_line: bool,
    pub warn_default_encoding: bool,
    pub import_time: u32,
    pub code_debug_ranges: bool,
    pub context_aware_warnings: bool,
    pub thread_inherit_context: bool,
    pub fault_handler: bool,
    pub safe_stdio: bool,
    /// `None` is a random secret.
    pub hash_seed: Option<u32>,
    /// Whether `PYTHONHASHSEED` was given as a number.
    pub use_hash_seed: bool,
    pub int_max_str_digits: i32,
    pub cpu_count: i32,
    pub check_hash_pycs: &'static str,
    pub xoptions: Vec<Vec<u8>>,
    pub warnoptions: Vec<Vec<u8>>,
    pub argv: Vec<Vec<u8>>,
    pub orig_argv: Vec<Vec<u8>>,
    pub program_name: Vec<u8>,
    pub pycache_prefix: Option<Vec<u8>>,
    pub stdio_encoding: Option<Vec<u8>>,
    pub stdio_errors: Option<Vec<u8>>,
    pub python_path: Option<Vec<u8>>,
    pub home: Option<Vec<u8>>,
    pub startup: Option<Vec<u8>>,
    pub paths: super::paths::Paths,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            run: Run::Stdin,
            isolated: false,
            use_environment: true,
            dev_mode: false,
            utf8_mode: false,
            safe_path: false,
            site_import: true,
            user_site_directory: true,
            write_bytecode: true,
            buffered_stdio: true,
            inspect: 0,
            interactive: 0,
            optimization_level: 0,
            parser_debug: 0,
            verbose: 0,
            quiet: 0,
            bytes_warning: 0,
            skip_first_line: false,
            warn_default_encoding: false,
            import_time: 0,
            code_debug_ranges: true,
            context_aware_warnings: false,
            thread_inherit_context: false,
            fault_handler: false,
            safe_stdio: true,
            hash_seed: None,
            use_hash_seed: false,
            int_max_str_digits: 4300,
            cpu_count: -1,
            check_hash_pycs: "default",
            xoptions: Vec::new(),
            warnoptions: Vec::new(),
            argv: Vec::new(),
            orig_argv: Vec::new(),
            program_name: b"gopy".to_vec(),
            pycache_prefix: None,
            stdio_encoding: None,
            stdio_errors: None,
            python_path: None,
            home: None,
            startup: None,
            paths: super::paths::Paths::default(),
        }
    }
}

static CONFIG: OnceLock<Config> = OnceLock::new();

/// Fixes the settings; the first call wins.
pub fn set(config: Config) {
    let _ = CONFIG.set(config);
}

/// The settings; those of a program without arguments where nobody has fixed any.
pub fn config() -> &'static Config {
    CONFIG.get_or_init(Config::default)
}

impl Config {
    /// A variable of the environment that is heeded, unless it is empty.
    pub fn env(&self, name: &str) -> Option<Vec<u8>> {
        use std::os::unix::ffi::OsStringExt;
        if !self.use_environment {
            return None;
        }
        let value = std::env::var_os(name)?.into_vec();
        if value.is_empty() { None } else { Some(value) }
    }

    /// The value of `-X name` or `-X name=value`: the last one.
    pub fn xoption(&self, name: &str) -> Option<Option<&[u8]>> {
        self.xoptions.iter().rev().find_map(|option| {
            let rest = option.strip_prefix(name.as_bytes())?;
            match rest {
                [] => Some(None),
                [b'=', value @ ..] => Some(Some(value)),
                _ => None,
            }
        })
    }
}
