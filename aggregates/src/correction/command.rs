//! What one may ask of a correction. Fields mean what they mean in the event of the same form.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::correction::event::{CorrectionEffect, CorrectionOperation};
use crate::text::Code;
use crate::vocabulary::NoteRef;

/// Commands of a correction. A command that repeats a recorded fact gives no events.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum CorrectionCommand {
    /// Ask for it.
    RequestCorrection {
        /// What is to be done.
        operation: Box<CorrectionOperation>,
        /// Who asks.
        by: Code,
        /// What it changes.
        effect: CorrectionEffect,
    },
    /// Agree, as another actor than the one who asked, to what it changes now.
    ApproveCorrection {
        /// Who agrees.
        by: Code,
        /// Hash over the differences as they are now.
        effect_hash: Code,
    },
    /// Say no.
    DeclineCorrection {
        /// Who.
        by: Code,
        /// Comment, kept outside.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<NoteRef>,
    },
}
