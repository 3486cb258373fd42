// Every file of an Uppy, sealed before its uploader for tus asks for it. Uppy has options for each file (`file.tus`); there it finds
// what reads the sealed one.

export const plugin = ({ PrivacyError, sealing }) =>
  class SealedUploads {
    #sealed = new Map();

    constructor(uppy, { id = 'SealedUploads', uploader = 'Tus', ...options }) {
      this.id = id;
      this.type = 'modifier';
      this.uppy = uppy;
      this.opts = { id, uploader, ...options };
    }

    install() {
      this.uppy.addPreProcessor(this.#seal);
      this.uppy.on('upload-success', this.#there);
      this.uppy.on('file-removed', this.#removed);
    }

    uninstall() {
      this.uppy.removePreProcessor(this.#seal);
      this.uppy.off('upload-success', this.#there);
      this.uppy.off('file-removed', this.#removed);
      for (const id of this.#sealed.keys()) this.#close(id);
    }

    setOptions(more) {
      Object.assign(this.opts, more);
    }

    update() {}

    afterUpdate() {}

    #seal = async (ids) => {
      const { id: _, uploader, to, ...options } = this.opts;
      const tus = this.uppy.getPlugin(uploader);
      if (!tus) throw new PrivacyError('vault/unfit', uploader);
      for (const file of ids.map((id) => this.uppy.getFile(id))) {
        // Another server would fetch it, and see it.
        if (file.isRemote) throw new PrivacyError('vault/unfit', 'remote');
        // It was tried before, and is gone on with.
        this.#close(file.id);
        const it = await sealing(file.data, {
          endpoint: file.tus?.endpoint ?? tus.opts.endpoint,
          name: file.meta.name ?? file.name,
          type: file.type,
          ...options,
          to: typeof to === 'function' ? await to(file) : to,
        });
        this.#sealed.set(file.id, it);
        const { endpoint, onAfterResponse, ...own } = it.options;
        const heard = tus.opts.onAfterResponse;
        const both = (request, response) => (onAfterResponse(request, response), heard?.(request, response));
        const more = { ...own, onAfterResponse: both, allowedMetaFields: [], uploadUrl: null };
        this.uppy.setFileState(file.id, { tus: { ...file.tus, ...more } });
      }
    };

    /** What is handed on is where it is read; where it is written stays in `file.tus`. */
    #there = (file) => {
      const it = file && this.#sealed.get(file.id);
      if (it && this.uppy.getFile(file.id)) this.uppy.setFileState(file.id, { uploadURL: it.url() });
      this.#close(file?.id);
    };

    #removed = ({ id }) => this.#close(id);

    #close(id) {
      this.#sealed.get(id)?.close();
      this.#sealed.delete(id);
    }
  };
