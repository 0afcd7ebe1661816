//! Водоотведение of premises without a meter of it (ПП 354 п. 42).

use std::collections::BTreeMap;

use aggregates::account::bill::VolumeMethod;
use aggregates::ids::PremisesId;
use aggregates::vocabulary::Resource;
use chrono::NaiveDate;

use crate::explanation::Explanation;
use crate::settlement::facts::PremisesFacts;
use crate::settlement::formulas::individual::sewage_42;
use crate::settlement::individual::{Individual, Own};
use crate::settlement::rates::{days, unit_of};
use crate::settlement::ratio::Ratio;
use crate::settlement::service::OwnOf;
use crate::settlement::settling::Settling;
use crate::settlement::spread::{Dated, with_meter};
use crate::settlement::units::{shown, shown_in};

impl<'a> Settling<'a> {
    /// Whether sewage goes by its own norm: where no cold water is supplied that it could be the
    /// sum of, and a norm is on record.
    pub(crate) fn is_sewage_normed(
        &self,
        id: PremisesId,
        premises: &'a PremisesFacts,
        own: &OwnOf,
    ) -> bool {
        let cold = own.get(&Resource::ColdWater).and_then(|all| all.get(&id));
        let supplied = !matches!(cold, None | Some(Own::NotSupplied));
        let month: Vec<NaiveDate> = days(self.period).collect();
        !supplied
            && self
                .norm_of_premises(id, premises, Resource::Sewage, &month)
                .is_some()
    }

    /// Водоотведение without a meter of its own: the sum of cold and hot water.
    pub(crate) fn sewage(&self, id: PremisesId, own: &OwnOf) -> Own {
        let of = |resource| own.get(&resource).and_then(|all| all.get(&id));
        let waters = [of(Resource::ColdWater), of(Resource::HotWater)];
        if waters
            .iter()
            .flatten()
            .any(|own| matches!(own, Own::Unknown))
        {
            return Own::Unknown;
        }
        let known = |water: Option<&'_ Own>| match water {
            Some(Own::Known(individual)) => Some(individual.clone()),
            _ => None,
        };
        let [cold, hot] = waters.map(known);
        if cold.is_none() && hot.is_none() {
            return Own::NotSupplied;
        }
        let volume = |water: &Option<Box<Individual>>| {
            let volume = water.as_ref().map(|water| water.volume.clone());
            volume.unwrap_or_default()
        };
        let sum = sewage_42(&volume(&cold), &volume(&hot));
        let unit = unit_of(Resource::Sewage);
        let formula = format!(
            "{} + {} = {}",
            shown(&volume(&cold)),
            shown(&volume(&hot)),
            shown_in(&sum, unit)
        );
        let waters = || [&cold, &hot].into_iter().flatten();
        let dated = waters().flat_map(|water| self.dated_water(water)).collect();
        let handovers = waters().flat_map(|water| water.handovers.iter().copied());
        let handovers = handovers.collect();
        let parts: Vec<Explanation> = waters().map(|water| water.because.clone()).collect();
        Own::Known(Box::new(Individual {
            volume: sum,
            unit,
            method: VolumeMethod::Sum,
            registers: BTreeMap::new(),
            multiplied: Ratio::zero(),
            dated,
            bare: Vec::new(),
            handovers,
            recheck: None,
            is_refused_twice: false,
            exempt: None,
            is_metered: false,
            because: Explanation::new("settlement.sewage", "холодная вода + горячая вода")
                .formula(formula)
                .clause("ПП 354 п. 42")
                .parts(parts),
        }))
    }

    /// A water on the days that it belongs to, as a part of the sewage.
    fn dated_water(&self, water: &Individual) -> Vec<Dated> {
        let part = |days: Vec<NaiveDate>, volume: Ratio| Dated {
            days,
            register: None,
            counts: true,
            is_multiplied: false,
            is_refused_twice: false,
            volume,
        };
        let counting = water.dated.iter().filter(|dated| dated.counts);
        let mut parts: Vec<Dated> = counting
            .map(|dated| part(dated.days.clone(), dated.volume.clone()))
            .collect();
        if !water.bare.is_empty() {
            let known: Ratio = parts.iter().map(|part| &part.volume).sum();
            let days = with_meter(&water.bare, self.period);
            parts.push(part(days, &water.volume - known));
        }
        parts
    }
}
