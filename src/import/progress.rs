//! A progress bar on standard error, drawn on a terminal only.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// How often the bar is redrawn at most, in Hz: drawing must cost nothing beside the work.
const REDRAWS_PER_SECOND: u8 = 10;

/// A bar for a work whose size is known. Where standard error is not a terminal, nothing is drawn.
pub struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Starts a bar titled `what` over `total` steps of any kind (bytes, rows).
    pub fn start(what: &str, total: u64) -> Self {
        let target = indicatif::ProgressDrawTarget::stderr_with_hz(REDRAWS_PER_SECOND);
        let bar = ProgressBar::with_draw_target(Some(total), target).with_message(what.to_owned());
        let template = "{msg} {wide_bar} {percent}% осталось {eta}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(500));
        Self { bar }
    }

    /// Shows that `done` of `total` steps are done; the total may become known on the way.
    pub fn show(&self, done: u64, total: u64) {
        self.bar.set_length(total);
        self.bar.set_position(done);
    }

    /// Prints a line above the bar, or to nobody where nothing is drawn.
    pub fn say(&self, line: &str) {
        self.bar.println(line);
    }
}

impl Drop for Progress {
    /// Takes the bar away, also on the way out of an error.
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_is_valid() {
        assert!(ProgressStyle::with_template("{msg} {wide_bar} {percent}% осталось {eta}").is_ok());
    }

    #[test]
    fn nothing_is_drawn_outside_a_terminal() {
        let progress = Progress::start("Показания", 100);
        progress.show(50, 100);
        progress.say("строка");
    }
}
