//! Which requests read the registers of a profile.

use crate::collector::profile::{Kind, Limits, Profile, Register, SERIAL, Table};

/// One request: some registers of a profile that lie beside each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The table.
    pub table: Table,
    /// First address.
    pub start: u16,
    /// How many 16-bit registers.
    pub count: u16,
    /// Indices of the values in the profile, by address.
    pub members: Vec<usize>,
}

/// The requests for a device. It learns: a request that the device refuses is split for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    blocks: Vec<Block>,
}

impl Plan {
    /// Reads everything that the profile describes, except the serial number: that is the fence.
    pub fn of(profile: &Profile) -> Self {
        let is_serial =
            |register: &Register| register.kind == Kind::Identity && register.quantity == SERIAL;
        let mut order: Vec<usize> = (0..profile.registers.len())
            .filter(|index| !is_serial(&profile.registers[*index]))
            .collect();
        order.sort_by_key(|index| {
            let register = &profile.registers[*index];
            (register.table, register.address, register.words())
        });
        let mut blocks: Vec<Block> = Vec::new();
        for index in order {
            let register = &profile.registers[index];
            match blocks.last_mut() {
                Some(block) if block.takes(register, profile.limits) => block.add(index, register),
                _ => blocks.push(Block::of(index, register)),
            }
        }
        Self { blocks }
    }

    /// The requests, in their order.
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// Splits request `at` into the requests for its values, one each. False when it was for one
    /// value already.
    pub fn split(&mut self, at: usize, profile: &Profile) -> bool {
        let Some(block) = self.blocks.get(at).filter(|block| block.members.len() > 1) else {
            return false;
        };
        let parts: Vec<Block> = block
            .members
            .iter()
            .map(|index| Block::of(*index, &profile.registers[*index]))
            .collect();
        self.blocks.splice(at..=at, parts);
        true
    }
}

impl Block {
    /// The request for one value.
    pub(super) fn of(index: usize, register: &Register) -> Self {
        Self {
            table: register.table,
            start: register.address,
            count: register.words(),
            members: vec![index],
        }
    }

    fn end(&self) -> u32 {
        u32::from(self.start) + u32::from(self.count)
    }

    /// Whether `register`, which starts no earlier, may be read together with the block.
    fn takes(&self, register: &Register, limits: Limits) -> bool {
        let gap = u32::from(register.address).saturating_sub(self.end());
        let length = self.end().max(register.end()) - u32::from(self.start);
        register.table == self.table
            && gap <= u32::from(limits.max_gap)
            && length <= u32::from(limits.max_registers)
    }

    fn add(&mut self, index: usize, register: &Register) {
        let length = self.end().max(register.end()) - u32::from(self.start);
        // `takes` holds it to 125.
        self.count = u16::try_from(length).unwrap_or(u16::MAX);
        self.members.push(index);
    }

    /// The words of a value in the answer to this request.
    pub(super) fn words_of<'w>(&self, register: &Register, words: &'w [u16]) -> &'w [u16] {
        let from = usize::from(register.address - self.start);
        let to = from + usize::from(register.words());
        words.get(from..to).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A profile of u16 values at these addresses.
    fn profile(addresses: &[u16], max_registers: u16, max_gap: u16) -> Profile {
        let mut text = format!(
            "name = \"x\"\ntitle = \"X\"\nsource = \"test\"\n\n[limits]\nmax_registers = \
             {max_registers}\nmax_gap = {max_gap}\n"
        );
        for address in addresses {
            text.push_str(&format!(
                "\n[[registers]]\naddress = {address}\ntype = \"u16\"\nquantity = \
                 \"q{address}\"\nkind = \"instant\"\nfunction = 3\n"
            ));
        }
        Profile::parse("x", &text).expect("a sound profile")
    }

    fn shapes(plan: &Plan) -> Vec<(u16, u16)> {
        let shape = |block: &Block| (block.start, block.count);
        plan.blocks().iter().map(shape).collect()
    }

    #[test]
    fn neighbours_are_joined_over_small_gaps_up_to_the_limit() {
        let addresses = [10, 0, 1, 4, 11, 12];
        assert_eq!(
            shapes(&Plan::of(&profile(&addresses, 125, 0))),
            [(0, 2), (4, 1), (10, 3)]
        );
        assert_eq!(
            shapes(&Plan::of(&profile(&addresses, 125, 2))),
            [(0, 5), (10, 3)]
        );
        assert_eq!(
            shapes(&Plan::of(&profile(&addresses, 2, 0))),
            [(0, 2), (4, 1), (10, 2), (12, 1)]
        );
    }

    #[test]
    fn a_refused_request_falls_into_its_values() {
        let profile = profile(&[0, 1, 4], 125, 2);
        let mut plan = Plan::of(&profile);
        assert!(plan.split(0, &profile));
        assert_eq!(shapes(&plan), [(0, 1), (1, 1), (4, 1)]);
        assert!(!plan.split(0, &profile));
    }
}
