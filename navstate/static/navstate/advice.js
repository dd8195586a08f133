/* Under DEBUG: what a page lacks, for whom it is being written. */

for (const sentence of JSON.parse(document.currentScript.dataset.advice)) console.warn(`navstate: ${sentence}`);
