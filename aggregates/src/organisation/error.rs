//! Why an organisation refuses a command. The texts reach users, so they are Russian.

use chrono::NaiveDate;

/// Refusals of an organisation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrganisationError {
    /// Nothing is known of the organisation yet.
    #[error("организация ещё не внесена: сначала зарегистрируйте её с ИНН")]
    NotRegistered,
    /// Another ИНН stands here: it is another organisation.
    #[error(
        "здесь записана организация с ИНН {recorded}, а указан {given}: проверьте ИНН или внесите другую организацию отдельно"
    )]
    AnotherInn {
        /// The ИНН on record.
        recorded: String,
        /// The ИНН given.
        given: String,
    },
    /// Registered with another name, КПП or ОГРН.
    #[error(
        "организация уже внесена с другими данными ({field}: записано «{recorded}», указано «{given}»): новое наименование вносится переименованием, номера проверьте по ЕГРЮЛ"
    )]
    RegisteredDifferently {
        /// Which field differs.
        field: &'static str,
        /// What is on record.
        recorded: String,
        /// What was given.
        given: String,
    },
    /// КПП and ОГРН do not belong to the kind of taxpayer the ИНН names.
    #[error(
        "{field} не подходит к ИНН {inn}: у организации ИНН из 10 цифр, КПП и ОГРН из 13 цифр, у ИП ИНН из 12 цифр, ОГРНИП из 15 цифр и нет КПП"
    )]
    NumbersDisagree {
        /// Which number does not fit.
        field: &'static str,
        /// The ИНН.
        inn: String,
    },
    /// Two names for one day.
    #[error("на {from} уже записано переименование в «{recorded}»: укажите другой день")]
    RenamedThatDay {
        /// The day.
        from: NaiveDate,
        /// The name on record.
        recorded: String,
    },
}
