//! Which encoding a text file is in, and reading it as UTF-8.

use std::io::{self, Read};

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{CoderResult, Decoder, DecoderResult, Encoding};

/// How sure the encoding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EncodingCertainty {
    /// The file begins with a mark of its encoding (BOM).
    Marked,
    /// Every byte of the file is valid UTF-8, which other encodings never are by chance.
    Valid,
    /// Guessed by the frequency of letters, and the headers are readable words in it.
    Guessed,
}

/// The encoding of a text file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextEncoding {
    /// Name by the Encoding Standard, for example `windows-1251`.
    pub name: &'static str,
    /// How sure it is.
    pub certainty: EncodingCertainty,
}

/// An encoding to try.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Candidate {
    pub(crate) encoding: &'static Encoding,
    pub(crate) certainty: EncodingCertainty,
}

impl Candidate {
    pub(crate) fn described(self) -> TextEncoding {
        TextEncoding {
            name: self.encoding.name(),
            certainty: self.certainty,
        }
    }
}

/// What the bytes of a file are.
pub(crate) enum Bytes {
    /// None at all.
    Empty,
    /// Text in one of these encodings, the likeliest first.
    Text(Vec<Candidate>),
    /// Not a text: zero bytes without a mark of UTF-16.
    Binary,
}

/// Encodings of Russian text besides UTF-8, the commonest first.
const CYRILLIC: [&Encoding; 5] = [
    encoding_rs::WINDOWS_1251,
    encoding_rs::IBM866,
    encoding_rs::KOI8_R,
    encoding_rs::ISO_8859_5,
    encoding_rs::X_MAC_CYRILLIC,
];

const CHUNK: usize = 64 * 1024;
const MARK_LENGTH: usize = 3;

/// Reads `source` to its end and says what it is; holds one chunk in memory.
pub(crate) fn examine(mut source: impl Read) -> io::Result<Bytes> {
    let mut chunk = vec![0; CHUNK];
    let mut filled = read_full(&mut source, &mut chunk)?;
    if filled == 0 {
        return Ok(Bytes::Empty);
    }
    if let Some((encoding, _)) = Encoding::for_bom(&chunk[..filled.min(MARK_LENGTH)]) {
        return Ok(Bytes::Text(vec![Candidate {
            encoding,
            certainty: EncodingCertainty::Marked,
        }]));
    }
    let mut utf8 = Utf8Check::new();
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    while filled > 0 {
        let bytes = &chunk[..filled];
        if bytes.contains(&0) {
            return Ok(Bytes::Binary);
        }
        utf8.feed(bytes, false);
        detector.feed(bytes, false);
        filled = read_full(&mut source, &mut chunk)?;
    }
    utf8.feed(&[], true);
    detector.feed(&[], true);
    Ok(Bytes::Text(candidates(utf8.is_valid, &detector)))
}

fn candidates(is_utf8: bool, detector: &EncodingDetector) -> Vec<Candidate> {
    if is_utf8 {
        let encoding = encoding_rs::UTF_8;
        return vec![Candidate {
            encoding,
            certainty: EncodingCertainty::Valid,
        }];
    }
    let guess = detector.guess(Some(b"ru"), Utf8Detection::Deny);
    let others = CYRILLIC.into_iter().filter(|other| *other != guess);
    // UTF-8 with a few damaged bytes comes last: its headers are readable in no other encoding.
    let all = std::iter::once(guess)
        .chain(others)
        .chain([encoding_rs::UTF_8]);
    all.map(|encoding| Candidate {
        encoding,
        certainty: EncodingCertainty::Guessed,
    })
    .collect()
}

fn read_full(source: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match source.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Whether a stream of bytes is valid UTF-8, a character split between chunks included.
struct Utf8Check {
    decoder: Decoder,
    scratch: Vec<u8>,
    is_valid: bool,
}

impl Utf8Check {
    fn new() -> Self {
        let decoder = encoding_rs::UTF_8.new_decoder_without_bom_handling();
        Self {
            decoder,
            scratch: vec![0; CHUNK],
            is_valid: true,
        }
    }

    fn feed(&mut self, mut bytes: &[u8], last: bool) {
        while self.is_valid {
            let (result, read, _) =
                self.decoder
                    .decode_to_utf8_without_replacement(bytes, &mut self.scratch, last);
            bytes = &bytes[read..];
            match result {
                DecoderResult::InputEmpty => return,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(..) => self.is_valid = false,
            }
        }
    }
}

/// Reads a source of any encoding as UTF-8, without its mark; a damaged character becomes U+FFFD.
///
/// Every line ends with `\n`, the last one too, whatever the file ends its lines with: so the
/// number of a line can be told by counting.
pub(crate) struct Utf8Reader<R> {
    source: R,
    decoder: Decoder,
    input: Vec<u8>,
    input_at: usize,
    input_end: usize,
    output: Vec<u8>,
    output_at: usize,
    output_end: usize,
    source_ended: bool,
    decoder_ended: bool,
    line_ends: LineEnds,
    bytes_read: u64,
}

impl<R: Read> Utf8Reader<R> {
    pub(crate) fn new(source: R, encoding: &'static Encoding) -> Self {
        Self {
            source,
            decoder: encoding.new_decoder_with_bom_removal(),
            input: vec![0; CHUNK],
            input_at: 0,
            input_end: 0,
            output: vec![0; CHUNK],
            output_at: 0,
            output_end: 0,
            source_ended: false,
            decoder_ended: false,
            line_ends: LineEnds::default(),
            bytes_read: 0,
        }
    }

    /// Bytes taken from the source so far.
    pub(crate) fn bytes_read(&self) -> u64 {
        self.bytes_read
    }

    fn fill_input(&mut self) -> io::Result<()> {
        self.input_at = 0;
        self.input_end = self.source.read(&mut self.input)?;
        self.source_ended = self.input_end == 0;
        self.bytes_read += self.input_end as u64;
        Ok(())
    }

    fn fill_output(&mut self) -> io::Result<()> {
        (self.output_at, self.output_end) = (0, 0);
        while self.output_end == 0 && !self.decoder_ended {
            if self.input_at == self.input_end && !self.source_ended {
                self.fill_input()?;
            }
            let input = &self.input[self.input_at..self.input_end];
            let (result, read, written, _) =
                self.decoder
                    .decode_to_utf8(input, &mut self.output, self.source_ended);
            self.input_at += read;
            self.output_end = self.line_ends.unify(&mut self.output[..written]);
            self.decoder_ended = self.source_ended && result == CoderResult::InputEmpty;
        }
        if self.output_end == 0 && self.line_ends.end_last_line() {
            self.output[0] = b'\n';
            self.output_end = 1;
        }
        Ok(())
    }
}

impl<R: Read> Read for Utf8Reader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.output_at == self.output_end {
            self.fill_output()?;
        }
        let ready = &self.output[self.output_at..self.output_end];
        let count = ready.len().min(buffer.len());
        buffer[..count].copy_from_slice(&ready[..count]);
        self.output_at += count;
        Ok(count)
    }
}

/// Turns `\r\n` and a lone `\r` into `\n`, chunk by chunk.
#[derive(Default)]
struct LineEnds {
    after_return: bool,
    inside_line: bool,
}

impl LineEnds {
    /// Rewrites `chunk` in place and returns its new length.
    fn unify(&mut self, chunk: &mut [u8]) -> usize {
        let mut end = 0;
        for at in 0..chunk.len() {
            let byte = chunk[at];
            let is_second_of_pair = byte == b'\n' && self.after_return;
            self.after_return = byte == b'\r';
            if !is_second_of_pair {
                chunk[end] = if byte == b'\r' { b'\n' } else { byte };
                end += 1;
            }
        }
        if let Some(last) = end.checked_sub(1) {
            self.inside_line = chunk[last] != b'\n';
        }
        end
    }

    /// Whether the text ended without a line end; the second call says no.
    fn end_last_line(&mut self) -> bool {
        std::mem::take(&mut self.inside_line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one byte a time, so that every character is split.
    struct Drops<'a>(&'a [u8]);

    impl Read for Drops<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = self.0.len().min(buffer.len()).min(1);
            buffer[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    fn read_as(bytes: &[u8], encoding: &'static Encoding) -> String {
        let mut text = String::new();
        Utf8Reader::new(Drops(bytes), encoding)
            .read_to_string(&mut text)
            .expect("valid UTF-8");
        text
    }

    #[test]
    fn text_is_decoded_across_chunks() {
        let (cyrillic, _, _) = encoding_rs::WINDOWS_1251.encode("Прибор;Показание");
        assert_eq!(
            read_as(&cyrillic, encoding_rs::WINDOWS_1251),
            "Прибор;Показание\n"
        );
        assert_eq!(read_as("\u{feff}м³".as_bytes(), encoding_rs::UTF_8), "м³\n");
        assert_eq!(
            read_as(b"\xff\xfeA\x00\x1f\x04", encoding_rs::UTF_16LE),
            "AП\n"
        );
        assert_eq!(read_as(b"12\xd0", encoding_rs::UTF_8), "12\u{fffd}\n");
    }

    #[test]
    fn lines_end_alike() {
        assert_eq!(
            read_as(b"a\r\nb\rc\n\r\n\r\rd", encoding_rs::UTF_8),
            "a\nb\nc\n\n\n\nd\n"
        );
        assert_eq!(read_as(b"a\r", encoding_rs::UTF_8), "a\n");
        assert_eq!(read_as(b"", encoding_rs::UTF_8), "");
    }

    #[test]
    fn long_text_is_decoded_whole() {
        let text = format!("{}\n", "Счётчик ".repeat(50_000));
        let (bytes, _, _) = encoding_rs::IBM866.encode(&text);
        let mut read = String::new();
        let mut reader = Utf8Reader::new(&*bytes, encoding_rs::IBM866);
        reader.read_to_string(&mut read).expect("valid UTF-8");
        assert_eq!(read, text);
        assert_eq!(reader.bytes_read(), bytes.len() as u64);
    }

    #[test]
    fn utf8_is_recognised_when_a_chunk_ends_inside_a_character() {
        let text = format!("a{}", "я".repeat(CHUNK));
        let found = examine(text.as_bytes()).expect("readable");
        let is_certain = |candidates: &[Candidate]| {
            candidates.len() == 1 && candidates[0].certainty == EncodingCertainty::Valid
        };
        assert!(matches!(found, Bytes::Text(candidates) if is_certain(&candidates)));
    }

    #[test]
    fn zero_bytes_are_not_a_text() {
        assert!(matches!(examine(&b"a\0b"[..]), Ok(Bytes::Binary)));
        assert!(matches!(examine(&b""[..]), Ok(Bytes::Empty)));
    }
}
