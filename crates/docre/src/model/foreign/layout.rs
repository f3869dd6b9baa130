//! Whose checkpoint a file is, and the sizes that its tensors have.

use std::{collections::BTreeMap, fmt, str::FromStr};

use super::checkpoint::Shapes;
use crate::relation::{AxialForm, AxialSettings, ChannelKind, DocuNetSettings, RelationSettings};

/// Whose public code saved a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// ATLOP (Zhou et al. 2021), and what has its parameters.
    Atlop,
    /// DocuNet (Zhang et al. 2021), with its context-based channels.
    DocuNet,
    /// KD-DocRE (Tan et al. 2022).
    KdDocre,
    /// DREEAM (Ma et al. 2023): ATLOP's parameters, trained with evidence.
    Dreeam,
}

impl Layout {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Atlop, Self::DocuNet, Self::KdDocre, Self::Dreeam];

    /// Its name in options.
    pub fn name(self) -> &'static str {
        match self {
            Self::Atlop => "atlop",
            Self::DocuNet => "docunet",
            Self::KdDocre => "kd-docre",
            Self::Dreeam => "dreeam",
        }
    }

    /// The layout that the names of tensors tell. DREEAM's are ATLOP's.
    pub(super) fn told_by(shapes: &Shapes) -> Self {
        let begins = |start: &str| shapes.names().any(|name| name.starts_with(start));
        if begins("segmentation_net.") {
            Self::DocuNet
        } else if begins("axial_transformer.") {
            Self::KdDocre
        } else {
            Self::Atlop
        }
    }

    /// The relational encoder, with the sizes that the tensors have. `None` where one of those
    /// that tell them isn't there, or has another number of dimensions.
    pub(super) fn relation(self, shapes: &Shapes) -> Option<RelationSettings> {
        let [width, _] = shapes.of("head_extractor.weight")?;
        let block = |map: &str| {
            let [_, products] = shapes.of(map)?;
            Some(products / width)
        };
        Some(match self {
            Self::Atlop | Self::Dreeam => {
                RelationSettings::Atlop { width, block: block("bilinear.weight")?, memory: None }
            }
            Self::DocuNet => {
                let [channels, _] = shapes.of("liner.weight")?;
                let first = "segmentation_net.inc.conv.double_conv.0.weight";
                let [filters, _, _, _] = shapes.of(first)?;
                let [outputs, _, _, _] = shapes.of("segmentation_net.outc.conv.weight")?;
                let (map, block) = (ChannelKind::Context, block("bilinear.weight")?);
                let sizes = DocuNetSettings { map, channels, filters, outputs, width, block };
                RelationSettings::DocuNet(sizes)
            }
            Self::KdDocre => {
                let [pair_width, _] = shapes.of("projection.weight")?;
                let layer = |number: usize| format!("axial_transformer.ffns.{number}.weight");
                let layers = (0..).take_while(|&number| shapes.has(&layer(number))).count();
                RelationSettings::Axial(AxialSettings {
                    form: AxialForm::Public,
                    layers: Some(layers),
                    heads: None,
                    width: Some(width),
                    pair_width: Some(pair_width),
                    block: block("projection.weight")?,
                })
            }
        })
    }

    /// The map whose rows are the classes.
    pub(super) fn classifier(self) -> &'static str {
        match self {
            Self::KdDocre => "classifier.weight",
            Self::Atlop | Self::DocuNet | Self::Dreeam => "bilinear.weight",
        }
    }

    /// Where the tensor of ours comes from.
    pub(super) fn source(self, ours: &str) -> Source {
        match self {
            Self::Atlop | Self::Dreeam => Source::Same(ours.to_owned()),
            Self::DocuNet => of_docunet(ours),
            Self::KdDocre => of_axial(ours),
        }
    }
}

/// Where a tensor of our relational encoder comes from.
#[derive(Debug, PartialEq)]
pub(super) enum Source {
    /// A tensor as it is.
    Same(String),
    /// A convolution of 3×3, `[outputs, inputs, 3, 3]` there and `[9 * inputs, outputs]` here.
    Window(String),
    /// A convolution of 1×1, which is a linear map.
    Point(String),
    /// The first or the second half of the rows.
    Half(String, usize),
    /// Nothing: the public code has no such bias.
    Zero,
}

/// Our blocks of the U-Net and theirs.
const BLOCKS: [(&str, &str); 5] = [
    ("input", "inc.conv"),
    ("down_1", "down1.maxpool_conv.1"),
    ("down_2", "down2.maxpool_conv.1"),
    ("up_1", "up1.conv"),
    ("up_2", "up2.conv"),
];

fn of_docunet(ours: &str) -> Source {
    if let Some(of) = ours.strip_prefix("map.channels.") {
        return Source::Same(format!("liner.{of}"));
    }
    let Some(path) = ours.strip_prefix("unet.") else { return Source::Same(ours.to_owned()) };
    match path.split('.').collect::<Vec<_>>()[..] {
        ["output", "weight"] => Source::Point("segmentation_net.outc.conv.weight".into()),
        ["output", of] => Source::Same(format!("segmentation_net.outc.conv.{of}")),
        [block, convolution, ref of @ ..] => {
            let blocks = BTreeMap::from(BLOCKS);
            let block = blocks.get(block).copied().unwrap_or(block);
            let place = if convolution == "first" { 0 } else { 3 };
            let name = |place: usize, of: &str| {
                format!("segmentation_net.{block}.double_conv.{place}.{of}")
            };
            match of {
                ["weight"] => Source::Window(name(place, "weight")),
                ["norm", of] => Source::Same(name(place + 1, of)),
                of => Source::Same(name(place, &of.join("."))),
            }
        }
        _ => Source::Same(ours.to_owned()),
    }
}

fn of_axial(ours: &str) -> Source {
    if ours == "projection.bias" {
        return Source::Zero;
    }
    let Some(path) = ours.strip_prefix("attention.layers.") else {
        return Source::Same(ours.to_owned());
    };
    match path.split('.').collect::<Vec<_>>()[..] {
        [layer, "linear", of] => Source::Same(format!("axial_transformer.ffns.{layer}.{of}")),
        [layer, "norm", of] => Source::Same(format!("axial_transformer.lns.{layer}.{of}")),
        [layer, axis, map, of] => {
            // Its first axis is that of subjects: a cell attends to those of its column.
            let axis = if axis == "columns" { 0 } else { 1 };
            let attention =
                format!("axial_transformer.axial_attns.{layer}.axial_attentions.{axis}.fn");
            match map {
                "query" => Source::Same(format!("{attention}.to_q.{of}")),
                "key" => Source::Half(format!("{attention}.to_kv.{of}"), 0),
                "value" => Source::Half(format!("{attention}.to_kv.{of}"), 1),
                _ => Source::Same(format!("{attention}.to_out.{of}")),
            }
        }
        _ => Source::Same(ours.to_owned()),
    }
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Layout {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|layout| layout.name() == name).ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            format!("no checkpoint's layout is called \"{name}\"; there are {names}")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_to_those_of_the_public_codes() {
        let docunet = |ours| Layout::DocuNet.source(ours);
        assert_eq!(docunet("map.channels.bias"), Source::Same("liner.bias".into()));
        let window = "segmentation_net.down2.maxpool_conv.1.double_conv.3.weight";
        assert_eq!(docunet("unet.down_2.second.weight"), Source::Window(window.into()));
        let norm = "segmentation_net.up1.conv.double_conv.1.running_var";
        assert_eq!(docunet("unet.up_1.first.norm.running_var"), Source::Same(norm.into()));
        let axial = |ours| Layout::KdDocre.source(ours);
        let keys = "axial_transformer.axial_attns.5.axial_attentions.1.fn.to_kv.weight";
        assert_eq!(axial("attention.layers.5.rows.key.weight"), Source::Half(keys.into(), 0));
        assert_eq!(axial("projection.bias"), Source::Zero);
        assert_eq!(axial("classifier.bias"), Source::Same("classifier.bias".into()));
    }
}
